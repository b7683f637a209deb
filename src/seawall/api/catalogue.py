"""/catalogue: the advisories, the KEV catalogue and the SSVC decisions held here."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from seawall.api.auth import caller, house_member
from seawall.api.openapi import takes
from seawall.formats.bounded import compression, decompress, parse_json
from seawall.formats.json_documents import json_documents
from seawall.formats.kev import SsvcRecord, read_kev, read_vulnrichment
from seawall.inventory import access, catalogue
from seawall.vocab.errors import BadInput, one_line

router = Router(tags=["catalogue"])

_JSON = "application/json"
_MAX_BYTES = 256 << 20


class StateOut(Schema):
    name: str
    version: str
    entries: int
    imported_at: datetime


class CatalogueOut(Schema):
    """`documents` counts advisory documents by format. A catalogue that is not among
    `catalogues` was never imported."""

    catalogues: list[StateOut]
    documents: dict[str, int]


class RefusedOut(Schema):
    where: str
    reason: str


class ImportedOut(Schema):
    """`indexed`: how many advisories can match now."""

    added: int
    updated: int
    unchanged: int
    indexed: int
    refused: list[RefusedOut]


class EntriesOut(Schema):
    version: str
    entries: int
    refused: list[RefusedOut]


@router.get("", response=CatalogueOut)
def state(request: HttpRequest) -> Any:
    """Which catalogues were imported, when, and how many advisory documents there are."""
    by = caller(request)
    return {
        "catalogues": list(access.catalogues(by)),
        "documents": access.document_counts(by),
    }


@router.post(
    "/advisories",
    response=ImportedOut,
    openapi_extra=takes(
        "OSV records and CSAF documents: JSON, a JSON list, JSON lines, or a zip or tar of them.",
        _JSON,
        "application/octet-stream",
    ),
)
def import_advisories(request: HttpRequest, source: str = "API") -> Any:
    """Import advisories; what cannot be used is refused by itself and the others are kept."""
    by = house_member(request)
    refused: list[tuple[str, str]] = []
    done = catalogue.import_documents(
        json_documents(request.body, refused=refused),
        source=one_line(source),
        by=by,
        now=timezone.now(),
    )
    refused += done.refused
    if refused and not (done.added or done.updated or done.unchanged):
        where, reason = refused[0]
        raise BadInput(reason, where=where)
    return {
        "added": done.added,
        "updated": done.updated,
        "unchanged": done.unchanged,
        "indexed": catalogue.rebuild_index().advisories,
        "refused": _refused(refused),
    }


@router.post("/kev", response=EntriesOut, openapi_extra=takes("CISA's KEV catalogue, JSON.", _JSON))
def import_kev(request: HttpRequest) -> Any:
    """Replace the KEV catalogue by the version sent as the body."""
    by = house_member(request)
    found = read_kev(parse_json(_plain(request)))
    count = catalogue.import_kev(found, by=by, now=timezone.now())
    refused = [(part.where, part.reason) for part in found.rejected]
    return {"version": found.version, "entries": count, "refused": _refused(refused)}


@router.post(
    "/ssvc",
    response=EntriesOut,
    openapi_extra=takes("Vulnrichment: JSON lines of CVE records.", "application/x-ndjson"),
)
def import_ssvc(request: HttpRequest, source: str = "Vulnrichment") -> Any:
    """Add or replace SSVC decisions; `source` says who decided."""
    by = house_member(request)
    parts = list(read_vulnrichment(_plain(request).splitlines()))
    records = [part for part in parts if isinstance(part, SsvcRecord)]
    refused = [(part.where, part.reason) for part in parts if not isinstance(part, SsvcRecord)]
    if not records:
        raise BadInput("no line is an SSVC decision", mend="send JSON lines of CVE records")
    version = one_line(source, limit=100)
    count = catalogue.import_ssvc(records, source=version, by=by, now=timezone.now())
    return {"version": version, "entries": count, "refused": _refused(refused)}


def _plain(request: HttpRequest) -> bytes:
    data = request.body
    return decompress(data, max_bytes=_MAX_BYTES) if compression(data) else data


def _refused(parts: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"where": where, "reason": reason} for where, reason in parts]
