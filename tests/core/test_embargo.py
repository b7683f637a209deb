"""The embargo of a case: Vultron's machine, and what ends it early."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from seawall.core.cvd import CvdEvent, record
from seawall.core.embargo import (
    NO_EMBARGO,
    Embargo,
    ExitReason,
    Signs,
    accept,
    after,
    exit_embargo,
    may_publish,
    propose,
    reject,
    shorten,
)
from seawall.core.embargo_length import Length, longest
from seawall.core.policies import Moments
from seawall.vocab.cases import CvdState, EmbargoState
from seawall.vocab.decisions import Allowed, Refused
from seawall.vocab.disclosure import Citation, ClockStart, DisclosurePolicy, PolicyKind

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
QUIET = CvdState(vendor_aware=True)
POLICY = DisclosurePolicy(
    id="ninety",
    title="Ninety",
    authority="somebody",
    kind=PolicyKind.DEFAULT,
    starts=ClockStart.VENDOR_NOTIFIED,
    deadline=timedelta(days=90),
    sources=(Citation(url="https://example.org", says="ninety"),),
)


def day(count: float) -> datetime:
    return NOW + timedelta(days=count)


def ninety() -> Length:
    found = longest([POLICY], Moments(notified_at=NOW))
    assert found is not None
    return found


def proposed(embargo: Embargo = NO_EMBARGO, *, days: float = 30) -> Embargo:
    found = propose(embargo, until=day(days), by="v", cvd=QUIET, longest=ninety(), now=NOW)
    assert isinstance(found, Embargo)
    return found


def active(days: float = 30) -> Embargo:
    found = accept(proposed(days=days), cvd=QUIET, now=NOW)
    assert isinstance(found, Embargo)
    return found


def test_an_embargo_is_proposed_and_accepted():
    assert proposed().state is EmbargoState.PROPOSED
    assert active() == Embargo(state=EmbargoState.ACTIVE, ends_at=day(30))


def test_a_rejected_proposal_leaves_none():
    assert reject(proposed()) == NO_EMBARGO


def test_a_revision_holds_the_old_terms_until_it_is_accepted():
    revising = proposed(active(), days=60)
    assert (revising.state, revising.ends_at) == (EmbargoState.REVISE, day(30))
    assert accept(revising, cvd=QUIET, now=NOW) == Embargo(
        state=EmbargoState.ACTIVE, ends_at=day(60)
    )
    assert reject(revising) == active()


def test_a_counter_proposal_replaces_the_first():
    assert proposed(proposed(days=60), days=10).proposed_until == day(10)
    assert proposed(proposed(active(), days=60), days=10).state is EmbargoState.REVISE


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        ("public_aware", "the vulnerability is public"),
        ("exploit_public", "an exploit is public"),
        ("attacks_observed", "attacks were observed"),
    ],
)
def test_no_embargo_begins_once_something_is_out(fact, why):
    cvd = CvdState(vendor_aware=True, **{fact: True})
    refusal = Refused(f"no embargo can begin or be prolonged: {why}")
    given = {"until": day(10), "by": "v", "longest": ninety(), "now": NOW}
    assert propose(NO_EMBARGO, cvd=cvd, **given) == refusal
    assert accept(proposed(), cvd=cvd, now=NOW) == refusal
    assert propose(active(5), cvd=cvd, **given) == refusal


def test_nothing_beyond_the_rule_can_be_proposed():
    found = propose(NO_EMBARGO, until=day(91), by="v", cvd=QUIET, longest=ninety(), now=NOW)
    assert found == Refused(
        "at most until 2027-01-31 12:00 UTC: Ninety: 90 days after it was reported to the vendor"
    )


def test_an_end_in_the_past_or_without_utc_is_refused():
    given = {"by": "v", "cvd": QUIET, "longest": ninety(), "now": NOW}
    assert propose(NO_EMBARGO, until=NOW, **given) == Refused("an embargo ends in the future")
    local = datetime(2026, 11, 5, tzinfo=timezone(timedelta(hours=2)))
    assert propose(NO_EMBARGO, until=local, **given) == Refused("say the end in UTC")
    naive = datetime(2026, 11, 5)
    assert propose(NO_EMBARGO, until=naive, **given) == Refused("say the end in UTC")


def test_a_proposal_whose_end_has_passed_cannot_be_accepted():
    assert accept(proposed(days=3), cvd=QUIET, now=day(3)) == Refused("the proposed end has passed")


def test_an_ended_embargo_does_not_begin_again():
    ended = exit_embargo(active(), reason=ExitReason.PUBLISHED, now=NOW)
    assert isinstance(ended, Embargo)
    assert propose(ended, until=day(1), by="v", cvd=QUIET, longest=ninety(), now=NOW) == Refused(
        "the embargo has ended and does not begin again"
    )
    assert exit_embargo(ended, reason=ExitReason.LEAK, now=NOW) == Refused(
        "the embargo is exited, there is nothing to end"
    )


@pytest.mark.parametrize(
    ("cvd", "signs", "reason"),
    [
        (CvdState(vendor_aware=True, attacks_observed=True), Signs(), ExitReason.ATTACKS),
        (CvdState(vendor_aware=True, public_aware=True), Signs(), ExitReason.PUBLIC),
        (QUIET, Signs(leaked=True), ExitReason.LEAK),
        (QUIET, Signs(fix_public=True), ExitReason.PUBLIC_FIX),
    ],
)
def test_triggers_release_early(cvd, signs, reason):
    found = after(active(), cvd=cvd, now=NOW, signs=signs)
    assert (found.state, found.reason, found.exited_at) == (EmbargoState.EXITED, reason, NOW)
    assert after(proposed(), cvd=cvd, now=NOW, signs=signs) == NO_EMBARGO


def test_publication_waits_until_the_embargo_ends():
    assert may_publish(active(), now=day(29)) == Refused("embargoed until 2026-12-02 12:00 UTC")
    assert may_publish(active(), now=day(30)) == Allowed()
    assert may_publish(proposed(), now=NOW) == Allowed()
    attacked = CvdState(attacks_observed=True)
    assert may_publish(active(), now=NOW, cvd=attacked) == Allowed()


def test_a_stricter_rule_shortens_without_consent():
    revising = proposed(active(), days=60)
    assert shorten(revising, to=day(7)) == Embargo(state=EmbargoState.ACTIVE, ends_at=day(7))
    assert shorten(active(), to=day(40)) == Refused("it ends 2026-12-02 12:00 UTC already")
    assert isinstance(shorten(NO_EMBARGO, to=day(7)), Refused)


class EmbargoMachine(RuleBasedStateMachine):
    """Anybody may do anything in any order; the case is brought up to date after each step, as
    the application does."""

    def __init__(self) -> None:
        super().__init__()
        self.embargo, self.cvd, self.now, self.signs = NO_EMBARGO, CvdState(), NOW, Signs()
        self.longest_seen = ninety()
        self.was_exited = False

    def take(self, found):
        if isinstance(found, Refused):
            assert found.reason
        else:
            self.embargo = found
        self.embargo = after(self.embargo, cvd=self.cvd, now=self.now, signs=self.signs)

    @rule(days=st.integers(-5, 200))
    def propose(self, days):
        until = self.now + timedelta(days=days)
        self.take(
            propose(
                self.embargo,
                until=until,
                by="v",
                cvd=self.cvd,
                longest=self.longest_seen,
                now=self.now,
            )
        )

    @rule()
    def accept(self):
        self.take(accept(self.embargo, cvd=self.cvd, now=self.now))

    @rule()
    def reject(self):
        self.take(reject(self.embargo))

    @rule(reason=st.sampled_from(ExitReason))
    def leave(self, reason):
        self.take(exit_embargo(self.embargo, reason=reason, now=self.now))

    @rule(days=st.integers(0, 60))
    def shorten(self, days):
        self.take(shorten(self.embargo, to=self.now + timedelta(days=days)))

    @rule(days=st.integers(1, 40))
    def wait(self, days):
        self.now += timedelta(days=days)
        self.take(self.embargo)

    @rule(event=st.sampled_from(CvdEvent))
    def happen(self, event):
        found = record(self.cvd, event)
        if not isinstance(found, Refused):
            self.cvd = found[0]
        self.take(self.embargo)

    @rule(leaked=st.booleans(), fix_public=st.booleans())
    def see(self, leaked, fix_public):
        self.signs = Signs(
            leaked=self.signs.leaked or leaked, fix_public=self.signs.fix_public or fix_public
        )
        self.take(self.embargo)

    @invariant()
    def the_fields_fit_the_state(self):
        e = self.embargo
        assert (e.proposed_until is not None) == (
            e.state in (EmbargoState.PROPOSED, EmbargoState.REVISE)
        )
        assert (e.exited_at is not None) == (e.state is EmbargoState.EXITED)
        assert (e.reason is not None) == (e.state is EmbargoState.EXITED)
        if e.state in (EmbargoState.NONE, EmbargoState.PROPOSED):
            assert e.ends_at is None
        else:
            assert e.ends_at is not None

    @invariant()
    def it_never_outlives_what_is_out_nor_the_rule(self):
        out = (
            self.cvd.public_aware
            or self.cvd.exploit_public
            or self.cvd.attacks_observed
            or self.signs.leaked
            or self.signs.fix_public
        )
        if self.embargo.holds:
            assert not out
            assert self.now < self.embargo.ends_at <= self.longest_seen.ends_at
            assert isinstance(may_publish(self.embargo, now=self.now, cvd=self.cvd), Refused)
        else:
            assert may_publish(self.embargo, now=self.now, cvd=self.cvd) == Allowed()

    @invariant()
    def exited_stays_exited(self):
        assert not self.was_exited or self.embargo.state is EmbargoState.EXITED
        self.was_exited = self.embargo.state is EmbargoState.EXITED


TestEmbargoMachine = EmbargoMachine.TestCase
