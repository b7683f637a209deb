"""Candidate fixes: added once, verified once per job, and what a shared fix proposes."""

from datetime import timedelta

import pytest

from cases.casework import finding, prove, reload
from seawall.cases import actions, fixes
from seawall.cases.actions import CaseRefused, open_case
from seawall.cases.models import Case, MergeProposal, Verification
from seawall.core.cvd import CvdEvent
from seawall.findings.models import DuplicateLink
from seawall.ledger.models import Outbox
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput
from seawall.vocab.fixes import FixOutcome, FixVerification
from validation.records import NOON

DIFF = b"--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def proven(title: str, digest: str, reporter: str = "Ann Lab") -> Case:
    row = finding(title, reporter=reporter)
    prove(row, digest=digest)
    return open_case(row, by=LOCAL, now=NOON)


@pytest.fixture
def case() -> Case:
    return proven("Escape", "aa" * 32)


def result(outcome: FixOutcome = FixOutcome.VERIFIED, *silenced: str) -> FixVerification:
    return FixVerification(
        outcome=outcome, reasons=("So it is.",), checks=(), silenced=silenced,
        started_at=NOON, finished_at=NOON,
    )  # fmt: skip


def add(case: Case, **what) -> fixes.CandidateFix:
    return fixes.add_fix(case, by=LOCAL, now=NOON, **(what or {"version": "3.1.5"}))


def keep(
    fix: fixes.CandidateFix, said: FixVerification, job_key: str | None = None
) -> Verification:
    return fixes.record_verification(fix, said, by=LOCAL, now=NOON, job_key=job_key)


def test_a_fix_is_added_once_and_its_verification_asked_for_once(case):
    assert add(case) == add(case)
    assert Outbox.objects.filter(topic="fix.wanted").count() == 1
    assert add(case, diff=DIFF).diff_digest


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ({"version": ""}, "either a version or a diff"),
        ({"version": "1", "diff": DIFF}, "either a version or a diff"),
        ({"diff": b"just words"}, "not a unified diff"),
        ({"diff": DIFF * 200_000}, "may take 4 MiB"),
    ],
)
def test_what_is_no_fix_is_refused(case, what, why):
    with pytest.raises(BadInput, match=why):
        add(case, **what)


def test_a_verified_fix_is_ready_once_the_vendor_is_aware(case):
    actions.observe(case, CvdEvent.VENDOR_AWARE, by=LOCAL, now=NOON)
    fix = add(case)
    keep(fix, result())
    assert reload(case).fix_ready
    assert fixes.verified_fixes(case) == [fix]


@pytest.mark.parametrize("outcome", [o for o in FixOutcome if o is not FixOutcome.VERIFIED])
def test_any_other_outcome_makes_nothing_ready(case, outcome):
    actions.observe(case, CvdEvent.VENDOR_AWARE, by=LOCAL, now=NOON)
    keep(add(case), result(outcome))
    assert not reload(case).fix_ready
    assert fixes.verified_fixes(case) == []


def test_the_newest_verification_counts(case):
    fix = add(case)
    keep(fix, result())
    keep(fix, result(FixOutcome.INEFFECTIVE))
    assert fixes.verified_fixes(case) == []


def test_a_job_that_runs_twice_records_once(case):
    fix = add(case)
    assert keep(fix, result(), "outbox:7") == keep(fix, result(), "outbox:7")
    assert Verification.objects.count() == 1


def test_the_record_comes_back_whole(case):
    said = result(FixOutcome.VERIFIED, "aa" * 32)
    row = keep(add(case), said)
    row.refresh_from_db()
    assert row.value() == said


def test_each_bundle_of_a_case_is_run_once(case):
    prove(case.finding, digest="aa" * 32, at=NOON + timedelta(days=1))
    assert [(f.pk, d) for f, d in fixes.reproducers_of(case)] == [(case.finding_id, "aa" * 32)]


def test_a_fix_that_silences_two_cases_proposes_their_merge_once(case):
    other = proven("Escape again", "bb" * 32, reporter="Bo Lab")
    assert fixes.neighbours(case) == [other]
    fix = add(case)
    for _ in range(2):
        fixes.propose_merge(other, case, fix=fix, by=LOCAL, now=NOON)
    (proposal,) = MergeProposal.objects.all()
    assert (proposal.earlier, proposal.later) == (case, other)
    assert "3.1.5 silences the proofs of" in proposal.explanation


def test_accepting_links_the_findings_by_the_strongest_signal(case):
    other = proven("Escape again", "bb" * 32, reporter="Bo Lab")
    proposal = fixes.propose_merge(case, other, fix=add(case), by=LOCAL, now=NOON)
    fixes.decide_merge(proposal, accept=True, by=LOCAL, now=NOON)
    (link,) = DuplicateLink.objects.filter(joins=True)
    assert (link.signal, link.undone_at) == ("same fix", None)
    with pytest.raises(CaseRefused, match="was decided by"):
        fixes.decide_merge(proposal, accept=False, by=LOCAL, now=NOON)


def test_declining_leaves_both_cases_alone(case):
    other = proven("Escape again", "bb" * 32, reporter="Bo Lab")
    proposal = fixes.propose_merge(case, other, fix=add(case), by=LOCAL, now=NOON)
    fixes.decide_merge(proposal, accept=False, by=LOCAL, now=NOON)
    assert not DuplicateLink.objects.exists()
