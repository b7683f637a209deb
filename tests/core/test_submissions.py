"""What a regime allows; a voluntary one never stops a release."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st

from seawall.core.regimes import read_regime
from seawall.core.submissions import Standing, Step, after, may_release, may_take, penalty
from seawall.vocab.decisions import Allowed, Refused
from seawall.vocab.regimes import Regime
from seawall.vocab.reviews import Determined, SubmissionState

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def _regime(name: str) -> Regime:
    text = (files("seawall") / "policies" / "regimes" / f"{name}.yaml").read_text()
    return read_regime(text, name=name)


VOLUNTARY, MANDATORY = _regime("eo-14409"), _regime("s-2938")
STANDING = Standing(
    partner_release_at=NOW + 20 * DAY,
    public_release_at=NOW + 30 * DAY,
    terms_complete=True,
    has_endpoint=True,
)
standings = st.builds(
    Standing,
    state=st.sampled_from(SubmissionState),
    partner_release_at=st.integers(-40, 60).map(lambda days: NOW + days * DAY),
    public_release_at=st.integers(-40, 90).map(lambda days: NOW + days * DAY),
    operations=st.none() | st.floats(1e20, 1e30),
    terms_complete=st.booleans(),
    has_endpoint=st.booleans(),
    handed_over=st.frozensets(st.sampled_from(["code", "weights"])),
    verdict=st.none() | st.sampled_from(Determined),
    released_at=st.none(),
    deleted=st.booleans(),
)


@given(st.lists(st.tuples(st.sampled_from(Step), st.integers(0, 40)), max_size=30))
def test_no_reachable_state_of_a_voluntary_review_stops_a_release_or_a_withdrawal(steps):
    standing, now = STANDING, NOW
    for step, days in steps:
        now += days * DAY
        if isinstance(may_take(step, standing, VOLUNTARY, now=now), Allowed):
            standing = after(step, standing, VOLUNTARY, now=now)
        assert may_release(standing, VOLUNTARY, now=now) == Allowed()
        if standing.released_at is None:
            assert may_take(Step.RELEASE, standing, VOLUNTARY, now=now) == Allowed()
        if standing.state is not SubmissionState.WITHDRAWN and not standing.deleted:
            assert may_take(Step.WITHDRAW, standing, VOLUNTARY, now=now) == Allowed()


@given(standings)
def test_nor_does_any_other_standing_whatever_was_determined(standing):
    assert may_release(standing, VOLUNTARY, now=NOW) == Allowed()
    assert penalty(standing, VOLUNTARY, complied_at=None, now=NOW) is None


@given(st.lists(st.tuples(st.sampled_from(Step), st.integers(0, 20)), max_size=30))
def test_a_window_is_never_open_longer_than_the_regime_says_nor_after_the_partners(steps):
    standing, now = STANDING, NOW
    for step, days in steps:
        now += days * DAY
        if isinstance(may_take(step, standing, VOLUNTARY, now=now), Allowed):
            standing = after(step, standing, VOLUNTARY, now=now)
        if standing.state is SubmissionState.WINDOW_OPEN:
            assert standing.closes_at - standing.opens_at <= 30 * DAY
            assert standing.closes_at <= standing.partner_release_at


def test_a_mandatory_regime_holds_a_model_back_until_everything_is_handed_over():
    bound = replace(STANDING, state=SubmissionState.SUBMITTED, operations=2e26)
    said = may_release(bound, MANDATORY, now=NOW)
    assert said == Refused(
        "not handed over: code, training-data, weights, architecture (S. 2938, sec. 4(b) and (c))"
    )
    whole = frozenset(each.id for each in MANDATORY.evidence)
    assert may_release(replace(bound, handed_over=whole), MANDATORY, now=NOW) == Allowed()


def test_the_trigger_is_more_than_ten_to_the_26():
    at = replace(STANDING, operations=1e26)
    above = replace(STANDING, operations=1.01e26)
    assert may_release(at, MANDATORY, now=NOW) == Allowed()
    assert isinstance(may_release(above, MANDATORY, now=NOW), Refused)


def test_a_breach_costs_a_million_dollars_for_each_begun_day():
    out = replace(
        STANDING, state=SubmissionState.SUBMITTED, operations=2e26, released_at=NOW - 36 * DAY / 24
    )
    found = penalty(out, MANDATORY, complied_at=None, now=NOW)
    assert (found.days, found.dollars) == (2, 2_000_000)
    whole = replace(out, handed_over=frozenset(each.id for each in MANDATORY.evidence))
    assert penalty(whole, MANDATORY, complied_at=NOW - 2 * DAY, now=NOW) is None
