"""How long an embargo may last."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from seawall.core.embargo_length import longest, proven_moments
from seawall.core.policies import Moments, publication
from seawall.vocab.disclosure import Citation, ClockStart, DisclosurePolicy, PolicyKind
from seawall.vocab.evidence import EvidenceLevel

DAY0 = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def policy(days: int, kind=PolicyKind.AGREEMENT, starts=ClockStart.VENDOR_NOTIFIED):
    return DisclosurePolicy(
        id=f"{kind}-{days}",
        title=f"{kind} {days}",
        authority="somebody",
        kind=kind,
        starts=starts,
        deadline=timedelta(days=days),
        sources=(Citation(url="https://example.org", says="so"),),
    )


def test_the_tightest_rule_wins_and_is_named():
    rules = [policy(90, PolicyKind.DEFAULT), policy(14, PolicyKind.LIST), policy(45)]
    found = longest(rules, Moments(notified_at=DAY0))
    assert found is not None
    assert found.ends_at == DAY0 + timedelta(days=14)
    assert found.because == "list 14: 14 days after it was reported to the vendor"
    assert len(found.considered) == 3


def test_of_two_equal_rules_the_projects_own_decides():
    rules = [policy(14, PolicyKind.DEFAULT), policy(14, PolicyKind.PROJECT)]
    found = longest(rules, Moments(notified_at=DAY0))
    assert found is not None and found.decided_by.kind is PolicyKind.PROJECT


def test_a_rule_whose_clock_has_not_started_says_nothing():
    rules = [policy(90), policy(7, PolicyKind.PROJECT, ClockStart.FIX_READY)]
    before = longest(rules, Moments(notified_at=DAY0))
    fixed = longest(rules, Moments(notified_at=DAY0, fix_ready_at=DAY0 + timedelta(days=3)))
    assert before is not None and before.ends_at == DAY0 + timedelta(days=90)
    assert fixed is not None and fixed.ends_at == DAY0 + timedelta(days=10)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=6), st.integers(0, 100))
def test_no_rule_is_ever_exceeded(days, offset):
    rules = [policy(d, kind) for d, kind in zip(days, list(PolicyKind) * 2, strict=False)]
    moments = Moments(notified_at=DAY0 + timedelta(hours=offset))
    found = longest(rules, moments)
    assert found is not None
    said = [publication(rule, moments) for rule in rules]
    assert found.ends_at == min(p.at for p in said if p)


def test_no_clock_runs_on_an_unproven_finding():
    moments = Moments(notified_at=DAY0, posted_at=DAY0, fix_ready_at=DAY0)
    unproven = proven_moments(moments, level=EvidenceLevel.E0, proven_at=None)
    assert longest([policy(90), policy(7, starts=ClockStart.FIX_READY)], unproven) is None


def test_a_late_proof_starts_the_clock_late():
    proven = DAY0 + timedelta(days=5)
    moments = proven_moments(Moments(notified_at=DAY0), level=EvidenceLevel.E1, proven_at=proven)
    found = longest([policy(90)], moments)
    assert found is not None and found.ends_at == proven + timedelta(days=90)


def test_a_finding_proven_before_the_report_counts_from_the_report():
    moments = proven_moments(
        Moments(notified_at=DAY0), level=EvidenceLevel.E3, proven_at=DAY0 - timedelta(days=2)
    )
    assert moments.notified_at == DAY0
