"""The reproducer of a finding: its files as text with line numbers, and as a download. Nothing of
it is ever rendered; both are for who may fetch it."""

from dataclasses import dataclass

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from seawall.findings import access
from seawall.findings.exporting import ask_export
from seawall.findings.models import Attachment, Finding
from seawall.ledger import actions as ledger
from seawall.parties.access import NotPermitted
from seawall.parties.sealing import BlobDamaged, BlobMissing, Damaged, KeyMissing, Shredded
from seawall.proofs.archive import MANIFEST, digest_of, read_archive
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.web.finding_parts import bundle_name
from seawall.web.findings import crumbs
from seawall.web.pages import actor_of, go_to, needs_login, page, tell, warn

_MOST_BYTES = 200_000
_MOST_LINES = 2_000
_GONE = (Shredded, KeyMissing, Damaged, BlobMissing, BlobDamaged)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of the bundle; `lines` is None for one that is no text, or too long to show."""

    name: str
    size: int
    lines: list[str] | None
    cut: bool = False
    """Whether lines were left out."""


@require_safe
@needs_login
def reproducer(request: HttpRequest, finding_id: str) -> HttpResponse:
    """The files of the bundle, the manifest first."""
    by = actor_of(request)
    row, attachment = _proof(by, finding_id)
    problem, files, digest, may_take = "", [], "", True
    try:
        found = read_archive(access.attachment_bytes(by, attachment))
        names = sorted(found, key=lambda name: (name != MANIFEST, name))
        files, digest = [_file(name, found[name]) for name in names], digest_of(found)
    except NotPermitted as refused:
        problem, may_take = str(refused), False
    except (BadInput, *_GONE) as error:
        problem = str(error)
    context = {
        "finding": row,
        "attachment": attachment,
        "files": files,
        "digest": digest,
        "problem": problem,
        "may_take": may_take,
        "command": f"seawall reproduce {bundle_name(row)}",
        "crumbs": crumbs(row),
    }
    return page(request, "findings/reproducer.html", context)


@require_safe
@needs_login
def download(request: HttpRequest, finding_id: str) -> HttpResponse:
    """The bundle as it was sent, as a file that no browser opens; the ledger remembers it."""
    by, now = actor_of(request), timezone.now()
    row, attachment = _proof(by, finding_id)
    try:
        data = access.attachment_bytes(by, attachment, now=now)
    except _GONE as error:
        raise Http404(str(error)) from error
    with transaction.atomic():
        ledger.record(by=by, what="finding.reproducer_fetched", on=row, at=now)
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{bundle_name(row)}"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@needs_login
def ask(request: HttpRequest, finding_id: str) -> HttpResponse:
    """Ask two people of two parties to let one's own party have the reproducer."""
    by = actor_of(request)
    row, _attachment = _proof(by, finding_id)
    try:
        asked = ask_export(row, by=by, now=timezone.now())
    except BadInput as error:
        warn(request, str(error))
    else:
        tell(
            request,
            _("%(id)s waits for two people of two parties.") % {"id": asked.public_id},
        )
    return go_to("reproducer", row.public_id)


def _proof(by: Actor, finding_id: str) -> tuple[Finding, Attachment]:
    row = access.finding(by, finding_id, at_least=Tier.T3)
    if row.reproducer is None:
        raise Http404
    return row, row.reproducer


def _file(name: str, data: bytes) -> File:
    if len(data) > _MOST_BYTES or b"\0" in data:
        return File(name=name, size=len(data), lines=None)
    lines = data.decode("utf-8", "replace").splitlines()
    return File(name=name, size=len(data), lines=lines[:_MOST_LINES], cut=len(lines) > _MOST_LINES)
