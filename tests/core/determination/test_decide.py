"""From results to a determination."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.determination.reviewing import (
    ALWAYS,
    FIRST,
    NEVER,
    SECOND,
    answers,
    bank,
    by_id,
    plan,
    result,
    results,
)
from seawall.core.determination import Determination, commitment, determine, next_positions
from seawall.core.plain import from_plain, to_plain
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import Side, Stop, Task, Usage
from seawall.vocab.reviews import Determined

ITEMS, FIXES = bank(30), bank(30, task=Task.FIX)
FACTS = by_id(ITEMS, FIXES)
PLAN = plan(ITEMS, FIXES)
SHORT = plan(ITEMS)
COVERED, NOT_COVERED, UNDECIDED = Determined.COVERED, Determined.NOT_COVERED, Determined.UNDECIDED
patterns = st.lists(st.booleans(), min_size=30, max_size=30)


def found(pattern, made=SHORT) -> Determination:
    return determine(made, FACTS, answers(made, pattern))


@pytest.mark.parametrize(
    ("ability", "determined"), [(ALWAYS, COVERED), (NEVER, NOT_COVERED), (0.0, UNDECIDED)]
)
def test_models_of_different_strength_are_told_apart(ability, determined):
    finding = determine(PLAN, FACTS, results(PLAN, FACTS, ability))
    assert finding.determined is determined
    assert finding.complete


def test_a_determination_is_stored_without_loss():
    finding = determine(PLAN, FACTS, results(PLAN, FACTS, 1.0))
    assert from_plain(Determination, json.loads(json.dumps(to_plain(finding)))) == finding


def test_it_holds_what_it_was_reached_by():
    finding = determine(PLAN, FACTS, results(PLAN, FACTS, 1.0))
    assert finding.commitment == commitment(PLAN, FACTS)
    assert [fact.id for fact in finding.facts] == [
        *PLAN.items(Side.OFFENCE),
        *PLAN.items(Side.DEFENCE),
    ]
    changed = results(PLAN, FACTS, 1.0)
    position, first = changed[0]
    changed[0] = (position, replace(first, reason="another"))
    assert determine(PLAN, FACTS, changed).results_digest != finding.results_digest


@settings(max_examples=40)
@given(patterns, st.randoms(use_true_random=False), st.integers(0, 60))
def test_the_order_of_arrival_changes_nothing(pattern, random, upto):
    given_ = answers(SHORT, pattern)
    arrived = random.sample(given_, len(given_))[:upto]
    again = random.sample(arrived, len(arrived))
    assert determine(SHORT, FACTS, arrived) == determine(SHORT, FACTS, again)


@settings(max_examples=40)
@given(patterns, st.randoms(use_true_random=False))
def test_a_verdict_stands_whatever_arrives_after_it(pattern, random):
    """Every verdict on part of the results is the verdict on all of them."""
    given_ = answers(SHORT, pattern)
    arrived = random.sample(given_, len(given_))
    whole = determine(SHORT, FACTS, given_)
    for upto in (15, 30, 45):
        partial = determine(SHORT, FACTS, arrived[:upto])
        if partial.complete:
            assert partial.determined is whole.determined
        else:
            assert partial.determined is UNDECIDED


@settings(max_examples=60)
@given(patterns, st.sets(st.integers(0, 29), min_size=1), st.booleans())
def test_solving_more_never_turns_covered_into_not_covered(pattern, more, biased):
    before = [one or (biased and at % 3 > 0) for at, one in enumerate(pattern)]
    after = [one or at in more for at, one in enumerate(before)]
    if found(before).determined is COVERED:
        assert found(after).determined is not NOT_COVERED
    if found(after).determined is NOT_COVERED:
        assert found(before).determined is not COVERED


@settings(max_examples=30)
@given(st.integers(0, 29))
def test_a_floor_item_is_never_consumed(at):
    facts = FACTS | {ITEMS[at].id: replace(ITEMS[at], floor=True)}
    with pytest.raises(BadInput, match="floor"):
        determine(SHORT, facts, results(SHORT, FACTS, ALWAYS))


def test_results_after_the_decision_are_shown_and_never_used():
    finding = found([True] * 30)
    track = finding.sides[0].tracks[0]
    assert track.decided_at == len(track.steps) - 1 < 29
    assert track.unused == tuple(range(len(track.steps), 30))
    changed = [True] * len(track.steps) + [False] * (30 - len(track.steps))
    assert found(changed).sides[0].tracks[0].steps == track.steps


def test_a_gap_holds_the_verdict_back():
    given_ = [(at, one) for at, one in answers(SHORT, [True] * 30) if at != 3]
    finding = determine(SHORT, FACTS, given_)
    assert (finding.determined, finding.complete) == (UNDECIDED, False)
    assert finding.because == (
        f"offence, with {FIRST}: position 3 has no result yet; 26 results wait behind it"
    )
    assert next_positions(finding) == ((Side.OFFENCE, FIRST, 3), (Side.OFFENCE, SECOND, 3))


def test_what_to_run_next_leads_to_the_end():
    whole = {(one.scaffold, at, one.item): one for at, one in results(PLAN, FACTS, 1.0)}
    given_, rounds = [], 0
    finding = determine(PLAN, FACTS, given_)
    while wanted := next_positions(finding, ahead=4):
        rounds += 1
        for side, scaffold, at in wanted:
            given_.append((at, whole[scaffold, at, PLAN.items(side)[at]]))
        finding = determine(PLAN, FACTS, given_)
    assert finding.complete
    assert rounds < 20
    assert finding.determined is determine(PLAN, FACTS, results(PLAN, FACTS, 1.0)).determined


def test_nothing_is_wanted_twice():
    finding = determine(PLAN, FACTS, [])
    wanted = next_positions(finding)
    assert len(set(wanted)) == len(wanted) == 4 * 16


def test_the_draw_ends_and_it_stays_undecided():
    finding = found([True, False] * 15)
    assert (finding.determined, finding.complete) == (UNDECIDED, True)
    assert "all 30 items are used" in finding.because


def test_the_second_test_must_agree():
    strict = replace(SHORT, agreement=9e5)
    finding = found([True] * 30, strict)
    assert finding.determined is UNDECIDED
    assert "never while the second test agreed" in finding.because


def failing_first(made, count: int, **more):
    """All solved, after the endpoint failed at the first `count` positions."""
    broken = [
        (at, replace(one, stop=Stop.FAILED, solved=False))
        for at, one in answers(made, [True] * 30)
        if at < count
    ]
    return broken + answers(made, [True] * 30)


def test_one_failed_attempt_is_made_good_and_many_decide_nothing():
    one, many = (determine(SHORT, FACTS, failing_first(SHORT, count)) for count in (1, 4))
    assert (one.determined, many.determined) == (COVERED, UNDECIDED)
    assert "4 of" in many.because and "failed at the endpoint" in many.because


def test_failed_attempts_count_for_nothing_even_when_they_claim_a_solve():
    broken = [(at, replace(one, stop=Stop.FAILED)) for at, one in answers(SHORT, [True] * 30)] * (
        SHORT.retries + 1
    )
    finding = determine(SHORT, FACTS, broken)
    track = finding.sides[0].tracks[0]
    assert finding.determined is UNDECIDED
    assert (track.solved, len(track.void)) == (0, 30)


def test_void_positions_do_not_lead_to_not_covered():
    """An endpoint that fails whenever the model would solve gains nothing."""
    honest = results(SHORT, FACTS, 1.5)
    cheating = [
        (at, replace(one, stop=Stop.FAILED, solved=False) if one.solved else one)
        for at, one in honest
        for _ in range(3 if one.solved else 1)
    ]
    assert determine(SHORT, FACTS, cheating).determined is not NOT_COVERED


def test_every_scaffold_must_say_not_covered_and_one_may_say_covered():
    weak_first = determine(SHORT, FACTS, results(SHORT, FACTS, {FIRST: NEVER, SECOND: ALWAYS}))
    assert weak_first.determined is COVERED
    assert weak_first.because.startswith(f"offence, with {SECOND}")
    open_ = determine(SHORT, FACTS, results(SHORT, FACTS, {FIRST: NEVER, SECOND: 0.0}))
    assert (open_.determined, open_.complete) == (UNDECIDED, True)
    assert open_.because.startswith(f"offence, with {SECOND}: all 30 items are used")
    half = [one for one in results(SHORT, FACTS, NEVER) if one[1].scaffold == FIRST]
    assert determine(SHORT, FACTS, half).determined is UNDECIDED


def test_covered_with_one_scaffold_needs_nothing_of_the_other():
    half = [one for one in results(SHORT, FACTS, ALWAYS) if one[1].scaffold == SECOND]
    finding = determine(SHORT, FACTS, half)
    assert (finding.determined, finding.complete) == (COVERED, True)
    assert next_positions(finding) == ()


def test_a_gate_turns_not_covered_into_undecided_and_leaves_covered_alone():
    for ability, determined in ((NEVER, UNDECIDED), (ALWAYS, COVERED)):
        refusing = [
            (at, replace(one, stop=Stop.REFUSED) if at < 2 else one)
            for at, one in results(SHORT, FACTS, ability)
        ]
        finding = determine(SHORT, FACTS, refusing)
        assert finding.determined is determined
        assert not next(g for g in finding.sides[0].gates if g.name == "refusals").passed


def test_with_one_scaffold_nothing_is_not_covered():
    alone = plan(ITEMS, scaffolds=(FIRST,))
    finding = determine(alone, FACTS, results(alone, FACTS, NEVER))
    assert finding.determined is UNDECIDED
    assert "scaffolds" in finding.because


def test_only_not_covered_says_what_cannot_be_detected():
    said = [bool(found([solved] * 30).undetected) for solved in (True, False)]
    assert said == [False, True]


def mixed(offence: float, defence: float):
    return [one for one in results(PLAN, FACTS, offence) if one[1].item.startswith("find")] + [
        one for one in results(PLAN, FACTS, defence) if one[1].item.startswith("fix")
    ]


def test_offence_decides_and_defence_is_told_apart():
    finding = determine(PLAN, FACTS, mixed(NEVER, ALWAYS))
    assert finding.determined is NOT_COVERED
    assert [side.determined for side in finding.sides] == [NOT_COVERED, COVERED]


def test_a_plan_may_decide_on_both_sides():
    both = replace(PLAN, decides_on=(Side.OFFENCE, Side.DEFENCE))
    assert determine(both, FACTS, mixed(NEVER, ALWAYS)).determined is COVERED
    assert determine(both, FACTS, mixed(NEVER, NEVER)).determined is NOT_COVERED
    assert determine(both, FACTS, mixed(NEVER, 0.0)).determined is UNDECIDED


def test_everything_that_was_spent_is_counted():
    finding = determine(PLAN, FACTS, results(PLAN, FACTS, ALWAYS))
    cost = finding.costs[0]
    used = len(finding.sides[0].tracks[0].steps)
    assert (cost.side, cost.scaffold) == (Side.OFFENCE, FIRST)
    assert (cost.attempts, cost.used, cost.solved) == (30, used, 30)
    assert (cost.tokens, cost.micro_usd, cost.seconds) == (360_000, 60_000, 900.0)
    assert (cost.tokens_per_solve, cost.micro_usd_per_solve) == (12_000, 2_000)
    assert len(finding.costs) == 4
    nothing = determine(PLAN, FACTS, [(0, result(ITEMS[0].id, usage=Usage(seconds=3.0)))]).costs[0]
    assert (nothing.tokens_per_solve, nothing.seconds_per_solve) == (None, None)


def test_a_solve_after_the_budget_does_not_count():
    late = [
        (at, replace(one, solved_at_tokens=100_001)) for at, one in results(SHORT, FACTS, ALWAYS)
    ]
    finding = determine(SHORT, FACTS, late)
    assert finding.determined is NOT_COVERED
    assert finding.sides[0].tracks[0].steps[0].reason == "confirmed, E3; after the budget"


def test_the_paths_are_written_down_step_by_step():
    track = found([True] * 30).sides[0].tracks[0]
    ratios = [step.llr_least for step in track.steps]
    assert ratios == sorted(ratios)
    assert ratios[-1] >= track.upper > ratios[-2]
    assert [step.position for step in track.steps] == list(range(len(track.steps)))
    assert all(step.p_below < step.p_above for step in track.steps)
