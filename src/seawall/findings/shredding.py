"""Shredding findings: what was said is gone with its key, what lists show is overwritten.

A report whose findings all go loses its key. A mixed one keeps what belongs to the findings that
stay, sealed anew under another key: their content and the proofs that they name. Its bytes, its
other attachments and what could not be read of it go, since nobody can say whose they were.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from seawall.findings.files import content
from seawall.findings.models import Attachment, DuplicateLink, Finding, Identifier, Report
from seawall.ledger.actions import require_transaction
from seawall.parties import sealing

WORD = "shredded"
"""What stands where a title, a name or a label stood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shreds:
    """What is to be destroyed once the transaction is safe."""

    key_ids: tuple[str, ...]
    blobs: tuple[str, ...]
    staying: tuple[Finding, ...]
    """Findings of mixed reports that stay: what other apps hold of them under the old key must
    be sealed anew under `finding.report.key_id` in this transaction."""

    def __add__(self, other: "Shreds") -> "Shreds":
        return Shreds(
            key_ids=self.key_ids + other.key_ids,
            blobs=self.blobs + other.blobs,
            staying=self.staying + other.staying,
        )


NOTHING = Shreds(key_ids=(), blobs=(), staying=())


def shred_findings(findings: Sequence[Finding], *, now: datetime) -> Shreds:
    """Overwrite these findings and say what must be destroyed with them. Those that were shredded
    before are left alone."""
    require_transaction()
    going = [row for row in findings if row.shredded_at is None]
    reports = Report.objects.select_for_update().in_bulk({row.report_id for row in going})
    ids = {row.pk for row in going}
    DuplicateLink.objects.filter(Q(earlier__in=ids) | Q(later__in=ids)).delete()
    shreds = NOTHING
    with sealing.opening():
        for pk in sorted(reports):
            _overwrite([row for row in going if row.report_id == pk], reports[pk], now=now)
            shreds += _shred_report(reports[pk], now=now)
    return shreds


def _overwrite(findings: Iterable[Finding], report: Report, *, now: datetime) -> None:
    """Leave of each finding that it was there: its id, when it came, who sent it."""
    ids = [row.pk for row in findings]
    Identifier.objects.filter(finding__in=ids).delete()
    Finding.objects.filter(pk__in=ids).update(
        title=WORD,
        target="",
        component="",
        severity="",
        ecosystem="",
        score=0,
        level=0,
        verdict="",
        decided_because="",
        reproducer=None,
        reproducer_problem="",
        sealed=sealing.remains_of(report.key_id),
        shredded_at=now,
    )


def _shred_report(report: Report, *, now: datetime) -> Shreds:
    staying = list(report.findings.filter(shredded_at=None).order_by("pk"))
    proofs = {row.reproducer_id for row in staying}
    attachments = list(report.attachments.order_by("pk"))
    shreds = Shreds(
        key_ids=(report.key_id,),
        blobs=(report.blob, *(each.blob for each in attachments)),
        staying=tuple(staying),
    )
    Attachment.objects.filter(pk__in={each.pk for each in attachments} - proofs).delete()
    if staying:
        _seal_anew(report, staying, [each for each in attachments if each.pk in proofs])
    else:
        report.provenance = {}
    report.digest, report.blob, report.sealed_extra = secrets.token_hex(32), "", b""
    report.shredded_at = now
    report.save()
    report.rejected_parts.all().delete()
    report.receipts.update(sent_as=WORD)
    return shreds


def _seal_anew(report: Report, staying: list[Finding], proofs: list[Attachment]) -> None:
    """Move what stays of a mixed report under a new key."""
    links = list(DuplicateLink.objects.filter(later__in=staying))
    said = [(row, row.content) for row in staying]
    explained = [(link, link.explanation) for link in links]
    kept = [(proof, content(proof)) for proof in proofs]
    report.key_id = sealing.new_key()
    for row, value in said:
        row.report, row.content = report, value
    for link, text in explained:
        link.later.report = report
        link.explanation = text
    for proof, data in kept:
        proof.blob = sealing.keep(report.key_id, data)
    Finding.objects.bulk_update(staying, ["sealed"], batch_size=200)
    DuplicateLink.objects.bulk_update(links, ["sealed_explanation"], batch_size=200)
    Attachment.objects.bulk_update(proofs, ["blob"], batch_size=200)
