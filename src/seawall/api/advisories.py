"""/advisories: draft, list, show and publish advisories; their documents; validate any document."""

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from seawall.advisories import access, actions, models
from seawall.api.auth import caller, coordinator, reader
from seawall.api.openapi import refuses, takes
from seawall.api.paging import Paging, page
from seawall.api.refusals import problem_data
from seawall.cases.access import case
from seawall.findings.access import NotFound
from seawall.formats.bounded import parse_json
from seawall.formats.validate import DocumentKind, detect_kind, is_valid, validate_document
from seawall.vocab.access import Act
from seawall.vocab.actors import Actor

router = Router(tags=["advisories"])

JSON = "application/json"
_MEDIA_TYPES = {".openvex.json": "application/vnd.openvex+json"}


class RevisionOut(Schema):
    number: int
    summary: str
    made_at: datetime
    published_at: datetime | None


class AdvisoryOut(Schema):
    """`case` is null for who may not know of the case; `revisions` are those that the token may
    read: published ones, and drafts for who may read the detail (T2) of the case."""

    id: str
    case: str | None
    title: str
    published_at: datetime | None
    revisions: list[RevisionOut]


class AdvisoryDetail(AdvisoryOut):
    """`documents` are the names of the newest revision's documents; `left_out` says which could
    not be written and why."""

    documents: list[str]
    left_out: dict[str, str]


class AdvisoryPage(Schema):
    items: list[AdvisoryOut]
    next: int | None


class DraftIn(Schema):
    """`summary` says what changed, for the revision history."""

    case: str
    summary: str = Field(default="", max_length=300)


class ValidateQuery(Schema):
    """`optional` adds the tests of CSAF 2.0 §6.2; `kind` is detected when it is not given."""

    kind: DocumentKind | None = None
    optional: bool = False


class ProblemOut(Schema):
    test: str
    severity: str
    pointer: str
    message: str
    mend: str
    clause: str


class ValidatedOut(Schema):
    kind: str
    valid: bool
    problems: list[ProblemOut]


@router.get("", response=AdvisoryPage)
def advisories(request: HttpRequest, paging: Query[Paging]) -> Any:
    """Published advisories and the drafts that the token may read, newest first."""
    by = caller(request)
    found, following = page(access.advisories(by), paging)
    known = access.of_cases_known(by, found)
    return {"items": [_advisory(row, row.pk in known) for row in found], "next": following}


@router.post("", response={200: AdvisoryDetail, 201: AdvisoryDetail}, openapi_extra=refuses())
def draft(request: HttpRequest, response: HttpResponse, body: DraftIn) -> Any:
    """Draft the advisory of a case. 200 when there is nothing new to say.

    Every document is validated and all are compared; when one would be wrong, nothing is kept
    and the problem document lists what to mend.
    """
    by, now = coordinator(request), timezone.now()
    found = case(by, body.case, act=Act.DRAFT, now=now)
    revision = actions.draft(found, by=by, now=now, summary=body.summary)
    row = revision.advisory
    response["Location"] = reverse("api-1:advisory", args=[row.public_id])
    return Status(201 if revision.made_at == now else 200, _detail(by, row, revision))


@router.post(
    "/validate",
    response=ValidatedOut,
    openapi_extra=takes("CSAF 2.0, OSV, CVE record, OpenVEX, SARIF 2.1.0 or CycloneDX.", JSON),
)
def validate(request: HttpRequest, asked: Query[ValidateQuery]) -> Any:
    """Check a document against its official schema and rules; nothing is kept of it."""
    reader(request)
    document = parse_json(request.body)
    kind = asked.kind or detect_kind(document)
    problems = validate_document(document, kind, optional=asked.optional)
    return {
        "kind": kind.value,
        "valid": is_valid(problems),
        "problems": [problem_data(each) for each in problems],
    }


@router.get("/{id}", response=AdvisoryDetail, url_name="advisory")
def advisory(request: HttpRequest, id: str) -> Any:
    """One advisory with the names of its newest revision's documents."""
    by = caller(request)
    row = access.advisory(by, id)
    return _detail(by, row, access.newest_revision(row))


@router.get(
    "/{id}/documents/{name}",
    openapi_extra={"responses": {200: {"description": "The document.", "content": {JSON: {}}}}},
)
def document(request: HttpRequest, id: str, name: str) -> HttpResponse:
    """One document of the newest revision as it is published: CSAF, OSV, CVE record or OpenVEX."""
    documents = access.newest_revision(access.advisory(caller(request), id)).documents
    if name not in documents:
        raise NotFound(f"{id} has no document {name}.")
    kind = next((kind for end, kind in _MEDIA_TYPES.items() if name.endswith(end)), JSON)
    text = json.dumps(documents[name], indent=2, ensure_ascii=False) + "\n"
    return HttpResponse(text, content_type=kind)


@router.get(
    "/{id}/release",
    openapi_extra={"responses": {200: {"description": "The bundle.", "content": {JSON: {}}}}},
)
def release(request: HttpRequest, id: str) -> HttpResponse:
    """The newest release as one file: every document, the publisher's signature over them (a DSSE
    envelope with an in-toto statement), and the proof that the log holds the publication. Its
    bytes are those of the public feed."""
    bundle = access.release(caller(request), id).bundle
    return HttpResponse(bundle, content_type=JSON)


@router.post("/{id}/publish", response=AdvisoryDetail, openapi_extra=refuses())
def publish(request: HttpRequest, id: str) -> Any:
    """Make the newest revision public, when no embargo holds it."""
    by = coordinator(request)
    row, now = access.advisory(by, id), timezone.now()
    access.demand_publish(by, row, now=now)
    revision = actions.publish(row, by=by, now=now)
    return _detail(by, access.advisory(by, id), revision)


def _advisory(row: models.Advisory, knows: bool) -> dict[str, Any]:
    """`knows`: whether the case may be named."""
    return {
        "id": row.public_id,
        "case": row.case.public_id if knows else None,
        "title": row.case.title,
        "published_at": row.published_at,
        "revisions": [
            {
                "number": each.number,
                "summary": each.summary,
                "made_at": each.made_at,
                "published_at": each.published_at,
            }
            for each in row.revisions.all()
        ],
    }


def _detail(by: Actor, row: models.Advisory, newest: models.Revision) -> dict[str, Any]:
    known = access.of_cases_known(by, [row])
    return _advisory(row, row.pk in known) | {
        "documents": list(newest.documents),
        "left_out": newest.left_out,
    }
