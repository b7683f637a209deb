"""A plan keeps what it promises, and its digest holds it to that."""

from dataclasses import replace

import pytest

from core.determination.reviewing import bank, by_id, plan
from seawall.core.determination import (
    Calibration,
    GateLimits,
    Plan,
    SideOrder,
    check_plan,
    commitment,
)
from seawall.core.plain import from_plain, to_plain
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import ItemFacts, Side, Task

ITEMS = bank(12)
FIXES = bank(10, task=Task.FIX)
FACTS = by_id(ITEMS, FIXES)
PLAN = plan(ITEMS, FIXES)


def changed(item: int, **more) -> dict[str, ItemFacts]:
    return FACTS | {ITEMS[item].id: replace(ITEMS[item], **more)}


def test_a_plan_is_stored_without_loss():
    assert from_plain(Plan, to_plain(PLAN)) == PLAN


def test_every_number_of_the_plan_is_committed_to():
    swapped = (ITEMS[1], ITEMS[0], *ITEMS[2:])
    others = [
        replace(PLAN, threshold=0.1),
        replace(PLAN, delta=0.7),
        replace(PLAN, alpha=0.04),
        replace(PLAN, beta=0.02),
        replace(PLAN, calibration=Calibration(shift=0.2)),
        replace(PLAN, tokens=100_001),
        replace(PLAN, messages=10),
        replace(PLAN, seconds=10),
        replace(PLAN, scaffolds=PLAN.scaffolds[::-1]),
        replace(PLAN, decides_on=(Side.DEFENCE,)),
        replace(PLAN, least=9),
        replace(PLAN, agreement=11.0),
        replace(PLAN, retries=1),
        replace(PLAN, failures=0.1),
        replace(PLAN, gates=GateLimits(refusals=0.2)),
        replace(PLAN, bank_root="00"),
        replace(PLAN, agency_nonce="00"),
        replace(PLAN, lab_nonce="00"),
        plan(swapped, FIXES),
        plan(ITEMS[:-1], FIXES),
    ]
    digests = {commitment(made, FACTS) for made in [PLAN, *others]}
    assert len(digests) == len(others) + 1


@pytest.mark.parametrize("change", [{"difficulty": 0.5}, {"discrimination": 1.5}, {"family": "x"}])
def test_what_is_known_of_the_items_is_committed_to(change):
    assert commitment(PLAN, changed(3, **change)) != commitment(PLAN, FACTS)


def test_items_outside_the_draw_are_not():
    assert commitment(PLAN, FACTS | by_id(bank(20))) == commitment(PLAN, FACTS)


def test_any_test_that_can_lead_to_covered_has_its_share_of_alpha():
    both = replace(PLAN, decides_on=(Side.OFFENCE, Side.DEFENCE))
    assert PLAN.alpha_of(Side.OFFENCE) == PLAN.alpha_of(Side.DEFENCE) == 0.025
    assert both.alpha_of(Side.OFFENCE) == 0.0125


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"threshold": float("nan")}, "/threshold"),
        ({"delta": 0.0}, "/delta"),
        ({"alpha": 0.0}, "/alpha"),
        ({"alpha": 0.5}, "/alpha"),
        ({"beta": 0.0}, "/beta"),
        ({"beta": 1.0}, "/beta"),
        ({"calibration": Calibration(family_noise=-0.1)}, "/calibration/family_noise"),
        ({"calibration": Calibration(difficulty_error=4)}, "/calibration/difficulty_error"),
        ({"calibration": Calibration(shift=0.6)}, "/calibration/shift"),
        ({"tokens": 3}, "/tokens"),
        ({"messages": 0}, "/messages"),
        ({"seconds": 0}, "/seconds"),
        ({"least": 0}, "/least"),
        ({"least": 13}, "/order/offence"),
        ({"agreement": 0.5}, "/agreement"),
        ({"retries": -1}, "/retries"),
        ({"retries": 11}, "/retries"),
        ({"failures": 1.0}, "/failures"),
        ({"gates": GateLimits(refusals=1.0)}, "/gates/refusals"),
        ({"gates": GateLimits(scaffolds=1)}, "/gates/scaffolds"),
        ({"gates": GateLimits(person_fit=0)}, "/gates/person_fit"),
        ({"rules": "seawall.determination/0"}, "/rules"),
        ({"scaffolds": ()}, "/scaffolds"),
        ({"scaffolds": (" ",)}, "/scaffolds"),
        ({"scaffolds": ("a@1", "a@1")}, "/scaffolds"),
        ({"decides_on": ()}, "/decides_on"),
        ({"decides_on": (Side.OFFENCE, Side.OFFENCE)}, "/decides_on"),
        ({"order": PLAN.order[1:]}, "/order"),
        ({"order": (PLAN.order[0], PLAN.order[0])}, "/order"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused(change, where):
    with pytest.raises(BadInput) as refused:
        check_plan(replace(PLAN, **change), FACTS)
    assert refused.value.where == where


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "nothing is known"),
        (changed(0, floor=True), "floor item"),
        (changed(0, family=ITEMS[1].family), "family find-family-1 stands 2 times"),
        (changed(0, task=Task.FIX), "asks for defence"),
        (changed(0, id="other"), "that of other"),
        (changed(0, discrimination=0.0), "discrimination"),
        (changed(0, discrimination=float("nan")), "discrimination"),
        (changed(0, difficulty=float("inf")), "difficulty"),
    ],
)
def test_items_that_cannot_be_counted_are_refused(facts, words):
    with pytest.raises(BadInput, match=words):
        check_plan(PLAN, facts)


def test_an_item_stands_in_the_order_once():
    order = SideOrder(side=Side.OFFENCE, items=(*PLAN.items(Side.OFFENCE), ITEMS[0].id))
    with pytest.raises(BadInput, match="stands 2 times"):
        check_plan(replace(PLAN, order=(order,)), FACTS)


def test_a_side_without_an_order_has_no_items():
    assert plan(ITEMS).items(Side.DEFENCE) == ()
    check_plan(plan(ITEMS), FACTS)
