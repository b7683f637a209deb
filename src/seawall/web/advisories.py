"""Published advisories for everybody: the list, one advisory to read, its documents, its proof."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from seawall.advisories import access, public
from seawall.advisories.models import Advisory, Revision
from seawall.advisories.releases import newest_release
from seawall.core.plain import to_plain
from seawall.formats.csaf import is_csaf, read_csaf
from seawall.formats.csaf_advisories import to_advisories
from seawall.formats.osv import is_osv, read_osv
from seawall.parties.access import NotFound, NotPermitted
from seawall.vocab.advisories import Advisory as Statement
from seawall.web.approvals_release import offer
from seawall.web.listing import Filter, keyset
from seawall.web.pages import actor_of, page
from seawall.web.roles import is_house, is_signed_in

PAGE_SIZE = 25
_KINDS = (
    ("-vex.json", gettext_lazy("CSAF VEX: which product states are affected")),
    (".osv.json", gettext_lazy("OSV: for scanners of open-source packages")),
    (".openvex.json", gettext_lazy("OpenVEX: for tools that read VEX statements")),
    ("seawall-", gettext_lazy("CSAF 2.0: the security advisory")),
    ("CVE-", gettext_lazy("CVE record, format 5")),
)
_MEDIA_TYPES = {".openvex.json": "application/vnd.openvex+json"}


class AdvisoryFilter(Filter):
    q = forms.CharField(
        label=gettext_lazy("Id or CVE"),
        help_text=gettext_lazy("Such as CVE-2026-1234"),
        max_length=40,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the list; what it says is what the newest published revision says."""

    advisory: Advisory
    revision: Revision
    statement: Statement | None


@require_safe
def advisories(request: HttpRequest) -> HttpResponse:
    """Published advisories, newest first; a coordinator also sees what waits to be published."""
    form = AdvisoryFilter(request.GET)
    rows = public.published()
    if wanted := form.wanted.get("q"):
        rows = _matching(rows, wanted.strip())
    listed = keyset(rows, request.GET, size=PAGE_SIZE)
    entries = [entry(each) for each in listed.rows if each.revisions.all()]
    context = {"form": form, "listed": listed, "entries": entries, "drafts": _drafts(request)}
    return page(request, "advisories/list.html", context)


@require_safe
def advisory(request: HttpRequest, advisory_id: str) -> HttpResponse:
    """One advisory to read: published, or a draft that whoever asks may see."""
    found, revision = _readable(request, advisory_id)
    documents = revision.documents
    context = {
        "advisory": found,
        "revision": revision,
        "revisions": [each for each in found.revisions.all() if each.published_at],
        "is_draft": revision.published_at is None,
        "release": None
        if revision.published_at
        else offer(actor_of(request), found, now=timezone.now()),
        "statement": _statement(documents),
        "more": _more(documents),
        "documents": _listed(found, documents),
        "released": newest_release(found),
        "publication": public.publication(found, revision) if revision.published_at else None,
        "crumbs": [(_("Advisories"), reverse("advisories")), (found.public_id, None)],
    }
    return page(request, "advisories/advisory.html", context)


@require_safe
def document(request: HttpRequest, advisory_id: str, name: str) -> HttpResponse:
    """One document, as a download."""
    _found, revision = _readable(request, advisory_id)
    if name not in revision.documents:
        raise Http404
    kind = next((kind for end, kind in _MEDIA_TYPES.items() if name.endswith(end)), "")
    response = HttpResponse(
        public.document_bytes(revision.documents[name]), content_type=kind or "application/json"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    if revision.published_at is None:
        response["Cache-Control"] = "no-store"
    return response


@require_safe
def proof(request: HttpRequest, advisory_id: str) -> HttpResponse:
    """The proof that the ledger holds the publication, as a download."""
    found = public.published_advisory(advisory_id)
    made = public.publication(found, public.newest_published(found))
    if made is None:
        raise Http404
    response = JsonResponse(to_plain(made), json_dumps_params={"indent": 2})
    name = f"{found.public_id}.proof.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
def release(request: HttpRequest, advisory_id: str) -> HttpResponse:
    """The newest signed release as one file, as a download; its bytes are those of the feed."""
    found = newest_release(public.published_advisory(advisory_id))
    if found is None:
        raise Http404
    response = HttpResponse(found.bundle, content_type="application/json")
    name = f"{found.revision.advisory.public_id}.release.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _readable(request: HttpRequest, public_id: str) -> tuple[Advisory, Revision]:
    """The advisory and the revision to show. Somebody who may see a draft sees it only while
    nothing is published; everybody else gets the same NotFound as for no advisory."""
    try:
        found = public.published_advisory(public_id)
        return found, public.newest_published(found)
    except NotFound:
        if not is_signed_in(actor_of(request)):
            raise
        try:
            draft = access.advisory(actor_of(request), public_id)
        except NotPermitted:
            raise NotFound(f"There is no advisory {public_id}.") from None
        return draft, access.newest_revision(draft)


def _matching(rows: Any, text: str) -> Any:
    try:
        return rows.filter(pk=public.published_advisory(text).pk)
    except NotFound:
        named = map(entry, rows.filter(case__cve=text.upper()))
        told = [each.advisory.pk for each in named if _says(each.statement, text.upper())]
        return rows.filter(pk__in=told)


def _says(statement: Statement | None, identifier: str) -> bool:
    """Whether what is published names the identifier: what the case has learned since is no
    reason to find its advisory."""
    return statement is not None and identifier in (statement.id, *statement.aliases)


def _drafts(request: HttpRequest) -> list[Advisory]:
    """What waits to be published, for coordinators; the newest twenty."""
    who = actor_of(request)
    if not is_house(who):
        return []
    rows = access.advisories(who).filter(published_at=None).order_by("-pk")
    return list(rows[:20])


def entry(found: Advisory) -> Entry:
    """What a list shows of a published advisory."""
    revision = public.newest_published(found)
    return Entry(advisory=found, revision=revision, statement=_statement(revision.documents))


def _statement(documents: dict[str, Any]) -> Statement | None:
    """What the documents say, read as any operator's tool would read it."""
    for each in documents.values():
        if is_osv(each):
            return read_osv(each)
    for each in documents.values():
        if is_csaf(each) and (read := to_advisories(read_csaf(each))):
            return read[0]
    return None


def _more(documents: dict[str, Any]) -> dict[str, Any]:
    """What the OSV document says beyond the statement: evidence, fixes and timeline."""
    record = next((each for each in documents.values() if is_osv(each)), {})
    more = record.get("database_specific", {})
    return more if isinstance(more, dict) else {}


def _listed(found: Advisory, documents: dict[str, Any]) -> list[dict[str, Any]]:
    sums = public.digests(documents)
    return [
        {
            "name": name,
            "kind": next((kind for mark, kind in _KINDS if mark in name), ""),
            "size": len(public.document_bytes(each)),
            "sha256": sums[name],
            "href": reverse("advisory-document", args=[found.public_id, name]),
        }
        for name, each in documents.items()
    ]
