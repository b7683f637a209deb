"""Shredding a case: nobody can read it any more, backups included; that it was there stays.

The keys are destroyed after the transaction that says so, at once and once more by the job
`case.shredded`, so that no crash leaves a case that is called shredded and could be read.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from seawall.cases.actions import awake, findings_of
from seawall.cases.models import Case, MergeProposal, Verification
from seawall.findings.models import Finding
from seawall.findings.shredding import WORD, Shreds, shred_findings
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties import sealing
from seawall.validation.shredding import seal_anew, shred_validations
from seawall.vocab.actors import Actor

_MOST_NAMED = 200
"""Ids of each kind that the ledger's event names; an event has room for so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shredded:
    """What was shredded, as public ids. `mixed` reports keep findings of other cases."""

    case: str
    at: datetime
    findings: tuple[str, ...]
    reports: tuple[str, ...]
    mixed: tuple[str, ...]


@transaction.atomic
def shred(case: Case, *, by: Actor, now: datetime) -> Shredded:
    """Shred a case with those merged into it, and all their findings; it cannot be undone.

    The case and its findings stay listed, overwritten. Reports that hold findings of other cases
    keep those. Twice gives what stands shredded.
    """
    row = Case.objects.select_for_update().get(pk=awake(case).pk)
    group = list(
        Finding.objects.select_for_update(of=("self",))
        .filter(pk__in=[each.pk for each in findings_of(row)])
        .select_related("report")
        .order_by("pk")
    )
    if row.shredded_at is not None:
        return _told(row, group)
    cases = [row, *Case.objects.select_for_update().filter(merged_into=row).order_by("pk")]
    shreds = shred_findings(group, now=now)
    shred_validations([each.pk for each in group])
    seal_anew(shreds.staying)
    shreds += _shred_cases(cases, now=now)
    told = _told(row, group)
    facts = {
        "findings": told.findings[:_MOST_NAMED],
        "reports": told.reports[:_MOST_NAMED],
        "mixed": told.mixed[:_MOST_NAMED],
        "finding_count": len(told.findings),
    }
    ledger.record(by=by, what="case.shredded", on=row, facts=facts, at=now)
    outbox.send(
        "case.shredded",
        key=f"shred:{row.pk}",
        due_at=now,
        case_id=row.pk,
        case_ids=[each.pk for each in cases],
        key_ids=list(shreds.key_ids),
        blobs=list(shreds.blobs),
        at=now.isoformat(),
    )
    sealing.destroy_at_commit(shreds.key_ids, blobs=shreds.blobs, at=now)
    case.shredded_at, case.title = row.shredded_at, row.title
    return told


def _shred_cases(cases: list[Case], *, now: datetime) -> Shreds:
    for case in cases:
        _overwrite(case, now=now)
    MergeProposal.objects.filter(Q(earlier__in=cases) | Q(later__in=cases)).update(explanation=WORD)
    keys = tuple(case.key_id for case in cases if case.key_id)
    return Shreds(key_ids=keys, blobs=tuple(_blobs_of(cases)), staying=())


def _overwrite(case: Case, *, now: datetime) -> None:
    """Leave of a case that it was there, in which state, and who took part."""
    case.title, case.cve, case.shredded_at = WORD, "", now
    case.save(update_fields=["title", "cve", "shredded_at"])
    case.handovers.update(override="", answer="")
    case.files.update(name=WORD, media_type="", size_bytes=0)
    if case.key_id:
        remains = sealing.remains_of(case.key_id)
        case.messages.update(sealed=remains, mail_id=None)
        Verification.objects.filter(fix__case=case).update(sealed=remains, silenced=[])
    for fix in case.fixes.all():
        if fix.diff_digest:
            fix.diff_digest = secrets.token_hex(32)
        else:
            fix.version = f"{WORD} {fix.pk}"
        fix.label, fix.test_argv = WORD, []
        fix.save(update_fields=["diff_digest", "version", "label", "test_argv"])


def _blobs_of(cases: list[Case]) -> Iterable[str]:
    for case in cases:
        yield from case.files.values_list("blob", flat=True)
        yield from case.fixes.exclude(diff_blob="").values_list("diff_blob", flat=True)


def _told(case: Case, rows: list[Finding]) -> Shredded:
    reports = {row.report.public_id: row.report for row in rows}
    mixed = {
        name
        for name, report in reports.items()
        if report.findings.filter(shredded_at=None).exists()
    }
    assert case.shredded_at is not None  # noqa: S101
    return Shredded(
        case=case.public_id,
        at=case.shredded_at,
        findings=tuple(row.public_id for row in rows),
        reports=tuple(sorted(reports)),
        mixed=tuple(sorted(mixed)),
    )
