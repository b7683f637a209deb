"""Follow-up work on cases: open them for what is proven, hand them over, verify fixes, let clocks
run out."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from seawall.cases import actions, embargoes, fixes, handovers
from seawall.cases.actions import CaseRefused
from seawall.cases.budgets import look_again_at
from seawall.cases.keys import diff_of
from seawall.cases.models import CandidateFix, Case, Verification
from seawall.findings.models import Finding
from seawall.findings.queries import content
from seawall.jobs.registry import Postponed, Work, handles
from seawall.parties.models import Party
from seawall.parties.sealing import Shredded
from seawall.vocab.fixes import FixOutcome, FixVerification

_SANDBOX_RETRY = timedelta(minutes=10)


@handles("finding.assessed")
def open_case(work: Work) -> None:
    """Open a case when the finding's group is proven; leave the queue alone otherwise."""
    finding = Finding.objects.filter(pk=work.ids["finding_id"]).first()
    if finding is None:
        return
    actions.regroup([finding.pk], by=work.actor, now=work.now)
    try:
        case = actions.open_case(finding, by=work.actor, now=work.now)
    except CaseRefused:
        return
    with transaction.atomic():
        look_again_at(case, now=work.now)


@handles("findings.regrouped")
def regroup(work: Work) -> None:
    """Let cases follow the groups of their findings."""
    actions.regroup(work.ids["finding_ids"], by=work.actor, now=work.now)


@handles("case.clock")
def pass_time(work: Work) -> None:
    """End an embargo whose time is over."""
    case = Case.objects.filter(pk=work.ids["case_id"], shredded_at=None).first()
    if case is not None:
        embargoes.pass_time(case, by=work.actor, now=work.now)


@handles("handover.due")
def hand_over(work: Work) -> None:
    """Hand a vendor the cases that are ready, as far as it has room."""
    vendor = Party.objects.filter(pk=work.ids["vendor_id"]).first()
    if vendor is not None:
        handovers.hand_over_due(vendor, by=work.actor, now=work.now)


@handles("fix.wanted")
def verify(work: Work) -> None:
    """Run a candidate fix against the reproducers of its case, then of its neighbours."""
    fix = CandidateFix.objects.select_related("case").filter(pk=work.ids["fix_id"]).first()
    if fix is None or Verification.objects.filter(job_key=work.key).exists():
        return
    with suppress(Shredded):  # before or while it ran: there is nothing to verify any more
        _verify(fix, work)


def _verify(fix: CandidateFix, work: Work) -> None:
    case = actions.awake(fix.case)
    if case.shredded_at is not None:
        return
    mine = fixes.reproducers_of(case)
    if not mine:
        raise Postponed("The case has no proven reproducer yet.", delay=_SANDBOX_RETRY)
    result = _run(fix, [finding for finding, _ in mine], only_proofs=False)
    fixes.record_verification(fix, result, by=work.actor, now=work.now, job_key=work.key)
    if result.outcome is FixOutcome.VERIFIED:
        _look_at_neighbours(fix, case, work)


def _look_at_neighbours(fix: CandidateFix, case: Case, work: Work) -> None:
    for other in fixes.neighbours(case):
        theirs = fixes.reproducers_of(other)
        if not theirs:
            continue
        result = _run(fix, [finding for finding, _ in theirs], only_proofs=True)
        if {digest for _, digest in theirs} <= set(result.silenced):
            fixes.propose_merge(case, other, fix=fix, by=work.actor, now=work.now)


def _run(fix: CandidateFix, proofs: Sequence[Finding], *, only_proofs: bool) -> FixVerification:
    from seawall.proofs.fixes import Candidate, verify_fix
    from seawall.proofs.reader import read_reproducer_archive
    from seawall.sandbox.choose import find_sandbox
    from seawall.sandbox.protocol import SandboxUnavailable

    try:
        sandbox = find_sandbox()
    except SandboxUnavailable as missing:
        raise Postponed(str(missing), delay=_SANDBOX_RETRY) from missing
    return verify_fix(
        [read_reproducer_archive(content(each.reproducer)) for each in proofs if each.reproducer],
        Candidate(version=fix.version, diff=diff_of(fix)),
        test_argv=() if only_proofs else tuple(fix.test_argv),
        sandbox=sandbox,
        cache_dir=Path(settings.SEAWALL_HOME) / "cache",
    )
