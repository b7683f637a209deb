"""Candidate fixes of a case: added, verified, and what a fix says about other cases."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from seawall.blobs.store import blob_digest
from seawall.cases.actions import CaseRefused, awake, findings_of, observe
from seawall.cases.budgets import look_again_at
from seawall.cases.keys import key_of
from seawall.cases.models import CandidateFix, Case, MergeProposal, Verification
from seawall.core.cvd import CvdEvent
from seawall.core.plain import to_plain
from seawall.dedup.links import Strength
from seawall.findings import duplicates
from seawall.findings.duplicates import Reason
from seawall.findings.models import Finding
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties import sealing
from seawall.validation.models import Validation
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.vocab.evidence import EvidenceLevel
from seawall.vocab.fixes import FixOutcome, FixVerification

MAX_DIFF_BYTES = 4 << 20
SAME_FIX = "same fix"


def add_fix(
    case: Case,
    *,
    version: str = "",
    diff: bytes = b"",
    label: str = "",
    test_argv: Sequence[str] = (),
    by: Actor,
    now: datetime,
) -> CandidateFix:
    """Add a fixed version or a unified diff to a case and ask for its verification.

    The same fix twice is one fix. Raises BadInput.
    """
    if bool(version) == bool(diff):
        raise BadInput("a fix is either a version or a diff", mend="give exactly one")
    if len(diff) > MAX_DIFF_BYTES:
        raise BadInput(f"a diff may take {MAX_DIFF_BYTES >> 20} MiB")
    if diff and b"\n@@ " not in b"\n" + diff:
        raise BadInput("not a unified diff", mend="make one with diff -u or git diff")
    return _add(
        awake(case),
        version=version,
        diff=diff,
        label=label or version or "patch",
        test_argv=list(test_argv),
        by=by,
        now=now,
    )


@transaction.atomic
def _add(
    case: Case,
    *,
    version: str,
    diff: bytes,
    label: str,
    test_argv: list[str],
    by: Actor,
    now: datetime,
) -> CandidateFix:
    key_id, digest = key_of(case), blob_digest(diff) if diff else ""
    fix, is_new = CandidateFix.objects.get_or_create(
        case=case,
        version=version,
        diff_digest=digest,
        defaults={
            "label": label[:200],
            "diff_blob": lambda: sealing.keep(key_id, diff) if diff else "",
            "test_argv": test_argv,
            "added_by": str(by),
            "added_at": now,
        },
    )
    if is_new:
        facts = {
            "version": sealing.commitment(key_id, version) if version else "",
            "diff": sealing.commitment(key_id, digest) if diff else "",
        }
        ledger.record(by=by, what="case.fix_added", on=case, facts=facts, at=now)
        outbox.send("fix.wanted", due_at=now, fix_id=fix.pk)
    return fix


@transaction.atomic
def record_verification(
    fix: CandidateFix,
    result: FixVerification,
    *,
    by: Actor,
    now: datetime,
    job_key: str | None = None,
) -> Verification:
    """Keep what a verification showed; a verified fix makes the case's fix ready.

    With the `job_key` of an earlier call this changes nothing and gives that call's row.
    """
    case = Case.objects.select_for_update().get(pk=fix.case_id)
    key_of(case)
    fix.case = case
    if job_key and (known := Verification.objects.filter(job_key=job_key).first()):
        return known
    row = Verification.objects.create(
        fix=fix,
        outcome=result.outcome.value,
        record=to_plain(result),
        silenced=list(result.silenced),
        recorded_at=now,
        job_key=job_key,
    )
    facts = {"fix": fix.public_id, "outcome": result.outcome.value}
    ledger.record(by=by, what="case.fix_verified", on=case, facts=facts, at=now)
    if result.outcome is FixOutcome.VERIFIED and case.vendor_aware and not case.fix_ready:
        observe(case, CvdEvent.FIX_READY, by=by, now=now)
    look_again_at(case, now=now)
    outbox.send("case.changed", due_at=now, case_id=case.pk)
    return row


def verified_fixes(case: Case) -> list[CandidateFix]:
    """Fixes whose newest verification says "verified", the oldest first."""
    return [
        fix
        for fix in case.fixes.prefetch_related("verifications")
        if (runs := list(fix.verifications.all())) and runs[0].outcome == FixOutcome.VERIFIED
    ]


def reproducers_of(case: Case) -> list[tuple[Finding, str]]:
    """The case's confirmed reproducers: one finding for each bundle, with its digest."""
    rows = (
        Validation.objects.filter(
            finding__in=findings_of(case), is_best=True, level__gte=int(EvidenceLevel.E1)
        )
        .select_related("finding__reproducer")
        .order_by("finding")
    )
    by_digest = {row.reproducer_digest: row.finding for row in reversed(rows)}
    return sorted(
        ((finding, digest) for digest, finding in by_digest.items()), key=lambda each: each[0].pk
    )


def neighbours(case: Case) -> list[Case]:
    """Other open cases about the same component, whose proofs this case's fix may silence too."""
    component = case.finding.component
    if not component:
        return []
    others = Case.objects.filter(merged_into=None, finding__component=component)
    return list(others.exclude(pk=case.pk).select_related("finding").order_by("pk")[:50])


@transaction.atomic
def propose_merge(
    case: Case, other: Case, *, fix: CandidateFix, by: Actor, now: datetime
) -> MergeProposal:
    """Propose that two cases are one vulnerability, because one fix silences both."""
    earlier, later = sorted((case, other), key=lambda each: each.pk)
    explanation = (
        f"The fix {fix.label} silences the proofs of {case.public_id} and of {other.public_id}."
    )
    proposal, is_new = MergeProposal.objects.get_or_create(
        earlier=earlier,
        later=later,
        defaults={"fix": fix, "explanation": explanation, "made_at": now},
    )
    if is_new:
        facts = {"with": later.public_id, "fix": fix.public_id}
        ledger.record(by=by, what="case.merge_proposed", on=earlier, facts=facts, at=now)
    return proposal


@transaction.atomic
def decide_merge(proposal: MergeProposal, *, accept: bool, by: Actor, now: datetime) -> None:
    """Accept or decline a proposal. Accepting links the findings; undo it by undoing the link."""
    row = MergeProposal.objects.select_for_update().get(pk=proposal.pk)
    if row.accepted is not None:
        raise CaseRefused(f"{row.public_id} was decided by {row.decided_by}.")
    row.accepted, row.decided_by, row.decided_at = accept, str(by), now
    row.save(update_fields=["accepted", "decided_by", "decided_at"])
    what = "case.merge_accepted" if accept else "case.merge_declined"
    facts = {"with": row.later.public_id}
    ledger.record(by=by, what=what, on=row.earlier, facts=facts, at=now)
    if accept:
        reason = Reason(signal=SAME_FIX, explanation=row.explanation, strength=Strength.CERTAIN)
        duplicates.link(row.earlier.finding, row.later.finding, reason=reason, by=by, now=now)
