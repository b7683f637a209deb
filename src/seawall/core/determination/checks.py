"""Whether a plan can be followed at all, and keeps what it promises."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import isfinite

from seawall.core.determination.plan import RULES, Plan, SideOrder
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import ItemFacts

MAX_ITEMS = 5_000
MAX_RETRIES = 10


def check_plan(plan: Plan, facts: Mapping[str, ItemFacts]) -> None:
    """Raise BadInput for a plan whose numbers, scaffolds or order cannot be used."""
    _check_numbers(plan)
    _check_gates(plan)
    _check_names(plan)
    for order in plan.order:
        _check_order(order, facts, least=plan.least)


def _check_numbers(plan: Plan) -> None:
    known = plan.calibration
    _need(isfinite(plan.threshold), "the threshold is no number", "/threshold")
    _need(0 < plan.delta < 10, "delta must be above 0 and below 10", "/delta")
    _need(0 < plan.alpha < 0.5, "alpha must be above 0 and below 0.5", "/alpha")
    _need(0 < plan.beta < 0.5, "beta must be above 0 and below 0.5", "/beta")
    for name in ("family_noise", "difficulty_error", "discrimination_error"):
        size = getattr(known, name)
        _need(0 <= size <= 3, f"{name} must be between 0 and 3", f"/calibration/{name}")
    _need(
        0 <= known.shift < plan.delta,
        "a shift of the whole scale by delta leaves nothing to tell apart",
        "/calibration/shift",
        "calibrate the bank better, or widen delta",
    )
    _need(plan.tokens >= 4, "a budget has at least 4 tokens", "/tokens")
    _need(plan.messages >= 1, "a budget has at least one message", "/messages")
    _need(plan.seconds >= 1, "a budget has at least one second", "/seconds")
    _need(plan.least >= 1, "at least one item must be asked for", "/least")
    _need(1 <= plan.agreement < 1e6, "the agreement is an e-value from 1 on", "/agreement")
    _need(0 <= plan.retries <= MAX_RETRIES, f"retries are 0 to {MAX_RETRIES}", "/retries")
    _need(0 <= plan.failures < 1, "the share of failures is from 0 to below 1", "/failures")


def _check_gates(plan: Plan) -> None:
    limits = plan.gates
    for name in ("refusals", "tool_errors", "late_gain", "cut_short"):
        _need(0 <= getattr(limits, name) < 1, f"{name} is a share below 1", f"/gates/{name}")
    _need(limits.scaffolds >= 2, "at least two scaffolds are asked for", "/gates/scaffolds")
    _need(-10 < limits.person_fit < 0, "person_fit is between -10 and 0", "/gates/person_fit")


def _check_names(plan: Plan) -> None:
    _need(plan.rules == RULES, f"the rules {plan.rules} are not these", "/rules", f"use {RULES}")
    _need(bool(plan.scaffolds), "no scaffold is named", "/scaffolds")
    _need(all(name.strip() for name in plan.scaffolds), "a scaffold has no name", "/scaffolds")
    _once(plan.scaffolds, "scaffold", "/scaffolds")
    _once((order.side for order in plan.order), "side", "/order")
    _once(plan.decides_on, "side", "/decides_on")
    _need(bool(plan.decides_on), "no side decides", "/decides_on")
    for side in plan.decides_on:
        _need(bool(plan.items(side)), f"{side} decides and has no items", "/order")


def _check_order(order: SideOrder, facts: Mapping[str, ItemFacts], *, least: int) -> None:
    where = f"/order/{order.side}"
    _need(
        least <= len(order.items) <= MAX_ITEMS,
        f"{len(order.items)} items; between {least} and {MAX_ITEMS} are needed",
        where,
    )
    _once(order.items, "item", where)
    for item in order.items:
        _need(item in facts, f"nothing is known of item {item}", where)
        _check_item(facts[item], item, order, where)
    _once((facts[item].family for item in order.items), "family", where)


def _check_item(fact: ItemFacts, item: str, order: SideOrder, where: str) -> None:
    _need(fact.id == item, f"what is known of item {item} is that of {fact.id}", where)
    _need(fact.side is order.side, f"item {item} asks for {fact.side}", where)
    _need(not fact.floor, f"item {item} is a floor item", where, "draw it from the others")
    _need(
        isfinite(fact.discrimination) and 0 < fact.discrimination <= 10,
        f"discrimination of {item} must be above 0 and at most 10",
        where,
    )
    _need(
        isfinite(fact.difficulty) and abs(fact.difficulty) <= 20,
        f"difficulty of {item} must be within 20 logits",
        where,
    )


def _once(names: Iterable[str], what: str, where: str) -> None:
    for name, times in Counter(names).items():
        _need(times == 1, f"{what} {name} stands {times} times", where, "name each once")


def _need(right: bool, what: str, where: str, mend: str = "") -> None:
    if not right:
        raise BadInput(what, where=where, mend=mend)
