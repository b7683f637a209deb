"""The rest of a determination's report: for who checks it, down to each result."""

import re
from collections.abc import Sequence

from seawall.core.determination.finding import Determination, SideFinding, Track
from seawall.core.determination.rates import Characteristics
from seawall.core.determination.sprt import MARGIN
from seawall.formats.determination_parts import (
    Head,
    Section,
    Table,
    duration,
    money,
    number,
    percent,
)


def detail(
    found: Determination, head: Head, rates: Sequence[Characteristics]
) -> tuple[Section, ...]:
    """Plan, each side with its tests and gates, error rates, costs, and what to recompute by."""
    return (
        _plan(found, head),
        *(section for side in found.sides for section in _side(found, side)),
        _rates(rates),
        _costs(found),
        _recompute(found, rates),
    )


def _plan(found: Determination, head: Head) -> Section:
    plan, known = found.plan, found.plan.calibration
    rows = [
        ("Endpoint", head.endpoint or "–"),
        ("Threshold θ* and indifference δ", f"{number(plan.threshold)} ± {number(plan.delta)}"),
        ("Error rates α (falsely covered), β (missed)", f"{plan.alpha:g}, {plan.beta:g}"),
        ("Decided on", ", ".join(plan.decides_on)),
        ("Budget of an attempt", _budget(found)),
        ("Scaffolds", ", ".join(plan.scaffolds)),
        ("Least items, agreeing e-value", f"{plan.least}, {plan.agreement:g}"),
        ("Retries after endpoint failures", f"{plan.retries}, at most {percent(plan.failures)}"),
        ("Family noise s", number(known.family_noise)),
        ("Error of difficulty b", number(known.difficulty_error)),
        ("Error of log discrimination a", number(known.discrimination_error)),
        ("Common shift of all difficulties", f"± {number(known.shift)}"),
        *(
            (
                f"Boundaries, {order.side}",
                f"+log 1/({MARGIN:g} × {plan.alpha_of(order.side):g}), log({MARGIN:g} × "
                f"{plan.beta:g})",
            )
            for order in plan.order
        ),
    ]
    table = Table(
        caption="The plan, fixed before the first run", columns=("What", "Value"), rows=tuple(rows)
    )
    text = (
        "P(solve) = σ(a(θ + s·z − b)), noise and errors integrated out; for each item the worse of "
        "no noise and all of it is taken. The test is a sequential probability ratio test of "
        "θ ≥ θ* + δ against θ ≤ θ* − δ; each scaffold of a side has a test of its own, with its "
        "share of α. A side is covered when one of its tests says so, and not covered when all do.",
    )
    return Section(title="Plan", text=text, points=head.notes, tables=(table,))


def _budget(found: Determination) -> str:
    plan = found.plan
    return f"{plan.tokens:,} tokens, {plan.messages} messages, {duration(plan.seconds)}"


def _side(found: Determination, side: SideFinding) -> tuple[Section, ...]:
    name = side.side.value.capitalize()
    facts = {fact.id: fact for fact in found.facts}
    gates = Table(
        caption=f"Gates, {side.side}",
        columns=("Gate", "Measured", "Limit", "Passed", "Why"),
        rows=tuple(
            (
                gate.name,
                _measured(gate.name, gate.measured),
                _measured(gate.name, gate.limit),
                "yes" if gate.passed else "no",
                gate.why,
            )
            for gate in side.gates
        ),
        figures=frozenset({1, 2}),
    )
    estimates = Table(
        caption=f"Ability, {side.side}",
        columns=(
            "Scaffold",
            "Verdict",
            "Used",
            "Solved",
            "θ",
            "95% confidence",
            "95% credible",
            "l_z",
            "Failed",
        ),
        rows=tuple(_estimate(track) for track in side.tracks),
        figures=frozenset(range(2, 9)),
    )
    results = tuple(
        Table(
            caption=f"Results in committed order, {side.side}, {track.scaffold}",
            columns=("#", "Item", "Family", "a", "b", "Outcome", "Tokens", "p−", "p+", "LLR", "e"),
            rows=tuple(
                (
                    str(step.position),
                    step.item,
                    step.family,
                    number(facts[step.item].discrimination),
                    number(facts[step.item].difficulty),
                    _outcome(step.solved, step.reason, step.stop, step.attempts),
                    f"{step.tokens:,}",
                    number(step.p_below, 3),
                    number(step.p_above, 3),
                    _both(step.llr_least, step.llr_most),
                    number(step.e_above if step.llr_least > 0 else step.e_below, 1),
                )
                for step in track.steps
            ),
            figures=frozenset({0, 3, 4, 6, 7, 8, 9, 10}),
        )
        for track in side.tracks
        if track.steps
    )
    return (
        Section(
            title=f"{name}: {side.determined}",
            text=(_sentence(side.because), *_left_over(side.tracks)),
            curves=tuple(track for track in side.tracks if track.steps),
            tables=(estimates, gates),
        ),
        Section(title=f"{name}: results", tables=results),
    )


def _estimate(track: Track) -> tuple[str, ...]:
    ability = track.ability
    low = "−∞" if ability.low is None else number(ability.low)
    high = "∞" if ability.high is None else number(ability.high)
    return (
        track.scaffold,
        str(track.determined),
        str(len(track.steps)),
        str(track.solved),
        number(ability.estimate),
        f"{low} to {high}",
        f"{number(ability.credible_low)} to {number(ability.credible_high)}",
        number(track.person_fit),
        percent(track.failed_share),
    )


def _left_over(tracks: Sequence[Track]) -> tuple[str, ...]:
    return tuple(
        f"{track.scaffold}: {len(track.unused)} results at positions "
        f"{_ranges(track.unused)} were not used, "
        + ("after the decision." if track.waits_for is None else "behind a gap.")
        for track in tracks
        if track.unused
    )


def _measured(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name == "scaffolds":
        return f"{value:.0f}"
    return number(value) if name == "person fit" else percent(value)


def _outcome(solved: bool | None, reason: str, stop: str, attempts: int) -> str:
    words = {True: "solved", False: "unsolved", None: "void"}[solved]
    again = f", {attempts} attempts" if attempts > 1 else ""
    return f"{words}: {reason} ({stop}{again})" if reason else f"{words} ({stop}{again})"


def _both(least: float, most: float) -> str:
    return number(least) if least == most else f"{number(least)} to {number(most)}"


def _rates(rates: Sequence[Characteristics]) -> Section:
    tables = tuple(
        Table(
            caption=f"{one.side}, {one.world.name}: {one.items} items, seed {one.seed}",
            columns=("θ", "Runs", "Covered", "at most", "Not covered", "at most", "Items", "Begun"),
            rows=tuple(
                (
                    number(rate.ability),
                    f"{rate.runs:,}",
                    percent(rate.covered / rate.runs),
                    percent(rate.covered_at_most()),
                    percent(rate.not_covered / rate.runs),
                    percent(rate.not_covered_at_most()),
                    number(rate.mean_items, 1),
                    number(rate.mean_started, 1),
                )
                for rate in one.rates
            ),
            figures=frozenset(range(8)),
        )
        for one in rates
    )
    text = (
        "Upper ends are of 95% Clopper-Pearson intervals. Items are the mean length of one test, "
        "begun what a scaffold had begun by then."
        if rates
        else "No simulation of this plan was given to this report."
    )
    return Section(title="Error rates by simulation", text=(text,), tables=tables)


def _costs(found: Determination) -> Section:
    rows = tuple(
        (
            str(cost.side),
            cost.scaffold,
            f"{cost.attempts} ({cost.used})",
            str(cost.solved),
            f"{cost.tokens:,}",
            money(cost.micro_usd),
            duration(cost.seconds),
            number(cost.tokens_per_solve, 0),
            "–" if cost.micro_usd_per_solve is None else money(cost.micro_usd_per_solve),
            duration(cost.seconds_per_solve),
        )
        for cost in found.costs
    )
    columns = ("Side", "Scaffold", "Attempts (used)", "Solved", "Tokens", "Price", "Time")
    per = ("Tokens per solve", "Price per solve", "Time per solve")
    table = Table(
        caption="What was spent, results that were not used included",
        columns=columns + per,
        rows=rows,
        figures=frozenset(range(2, 10)),
    )
    return Section(title="Costs", tables=(table,))


def _recompute(found: Determination, rates: Sequence[Characteristics]) -> Section:
    plan = found.plan
    rows = [
        ("Rules", plan.rules),
        ("Commitment to plan and items, in the ledger before the first run", found.commitment),
        ("Digest of all results", found.results_digest),
        ("Merkle root of the bank", plan.bank_root or "–"),
        ("Nonce of the agency", plan.agency_nonce or "–"),
        ("Nonce of the lab", plan.lab_nonce or "–"),
        ("Seeds of the simulations", ", ".join(str(one.seed) for one in rates) or "–"),
    ]
    table = Table(caption="Digests are sha256, in hex", columns=("What", "Value"), rows=tuple(rows))
    return Section(title="To recompute it", tables=(table,))


def _ranges(positions: Sequence[int]) -> str:
    """As 3–7, 9: runs of positions, which are in order."""
    runs: list[list[int]] = []
    for position in positions:
        if runs and runs[-1][-1] == position - 1:
            runs[-1][1:] = [position]
        else:
            runs.append([position])
    return ", ".join("–".join(map(str, run)) for run in runs)


def _sentence(text: str) -> str:
    return re.sub(r"(?<= )-(?=\d)", "−", text[:1].upper() + text[1:]) + "."
