"""The draw: it follows from the two nonces alone, one of a family, none preferred."""

from collections import Counter
from dataclasses import replace

import pytest

from seawall.evals.draw import check_draw, check_reveal, commit, draw, new_nonce, redraw_bias
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import ItemFacts, Side, Task

ROOT, AGENCY, LAB = "11" * 32, "22" * 32, "33" * 32


def bank(families: int = 12) -> dict[str, ItemFacts]:
    items = [
        ItemFacts(
            id=f"family-{n}.{task.value}",
            family=f"family-{n}",
            task=task,
            discrimination=1.0,
            difficulty=0.0,
            floor=n == 0,
        )
        for n in range(families)
        for task in Task
    ]
    return {item.id: item for item in items}


def drawn(
    facts: dict[str, ItemFacts], agency: str = AGENCY, lab: str = LAB, root: str = ROOT,
    side: Side = Side.OFFENCE, count: int = 11,
) -> tuple[str, ...]:  # fmt: skip
    order = draw(facts, root=root, agency_nonce=agency, lab_nonce=lab, side=side, count=count)
    return order.items


def test_the_same_nonces_draw_the_same_order_whatever_order_the_bank_is_in() -> None:
    facts = bank()
    again = dict(reversed(facts.items()))
    assert drawn(facts) == drawn(again)


def test_the_order_drawn_stays_the_same_in_every_version() -> None:
    assert drawn(bank(4), count=3) == ("family-3.find", "family-2.find", "family-1.find")
    assert drawn(bank(4), count=2) == drawn(bank(4), count=3)[:2]


def test_one_item_of_a_family_and_no_floor_item() -> None:
    facts = bank()
    items = drawn(facts)
    families = [facts[item].family for item in items]
    assert sorted(families) == sorted({f.family for f in facts.values() if not f.floor})


def test_each_side_gets_its_own_tasks() -> None:
    facts = bank()
    assert {facts[item].side for item in drawn(facts, side=Side.DEFENCE)} == {Side.DEFENCE}


@pytest.mark.parametrize("change", ["root", "agency", "lab"])
def test_each_part_changes_the_order(change: str) -> None:
    assert drawn(bank(), **{change: "44" * 32}) != drawn(bank())


def test_swapping_the_nonces_changes_the_order() -> None:
    assert drawn(bank(), agency=LAB, lab=AGENCY) != drawn(bank())


def chi_square(counts: Counter, cells: int) -> float:
    expected = sum(counts.values()) / cells
    return sum((counts[cell] - expected) ** 2 / expected for cell in range(cells))


def test_every_family_is_first_equally_often_and_every_item_of_it() -> None:
    """Chi-square over 6,000 draws; the limits are the 1 − 10⁻⁶ quantiles of 10 and 1 degrees of
    freedom. The nonces are fixed, so the test comes out the same each time."""
    facts = bank()
    first, second, task = Counter(), Counter(), Counter()
    for n in range(6000):
        items = drawn(facts, agency=f"{n:064x}", count=2)
        first[int(facts[items[0]].family.removeprefix("family-")) - 1] += 1
        second[int(facts[items[1]].family.removeprefix("family-")) - 1] += 1
        task[[Task.FIND, Task.PROVE].index(facts[items[0]].task)] += 1
    assert chi_square(first, 11) < 46.9
    assert chi_square(second, 11) < 46.9
    assert chi_square(task, 2) < 23.9


def test_neighbouring_nonces_give_unrelated_first_and_second() -> None:
    facts = bank(5)
    pairs = Counter()
    for n in range(6000):
        a, b = drawn(facts, lab=f"{n:064x}", count=2)
        pairs[a.partition(".")[0], b.partition(".")[0]] += 1
    assert len(pairs) == 12  # 4 × 3 ordered pairs, none missing
    assert sum((c - 500) ** 2 / 500 for c in pairs.values()) < 50.2  # 1 − 10⁻⁶, 11 degrees


def test_more_items_than_families_are_refused() -> None:
    with pytest.raises(BadInput, match="11 families"):
        drawn(bank(), count=12)


@pytest.mark.parametrize("nonce", ["", "zz" * 32, "22" * 31])
def test_a_nonce_is_32_bytes(nonce: str) -> None:
    with pytest.raises(BadInput):
        drawn(bank(), agency=nonce)


def test_a_copied_nonce_is_refused() -> None:
    """Who commits second could copy the commitment, and then reveal the same nonce."""
    with pytest.raises(BadInput, match="copied"):
        drawn(bank(), lab=AGENCY)


def test_a_commitment_holds_its_nonce_and_no_other() -> None:
    nonce = new_nonce()
    check_reveal(nonce, commit(nonce))
    with pytest.raises(BadInput, match="not the nonce"):
        check_reveal(new_nonce(), commit(nonce))


def test_anybody_can_check_an_order() -> None:
    facts = bank()
    order = draw(facts, root=ROOT, agency_nonce=AGENCY, lab_nonce=LAB, side=Side.OFFENCE, count=5)
    nonces = {"root": ROOT, "agency_nonce": AGENCY, "lab_nonce": LAB}
    assert check_draw(order, facts, **nonces)
    swapped = (order.items[1], order.items[0], *order.items[2:])
    assert not check_draw(replace(order, items=swapped), facts, **nonces)


def test_refusing_draws_buys_little_and_it_is_known_how_much() -> None:
    assert redraw_bias(0.1, 0) == pytest.approx(0.1)
    assert redraw_bias(0.1, 2) == pytest.approx(0.271)
