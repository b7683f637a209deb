"""Read a directive from its policy file and refuse one that is not complete."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import product
from typing import Any

import yaml

from seawall.vocab.directives import Clock, DecisionInput, Directive, Outcome, Row
from seawall.vocab.errors import BadInput
from seawall.vocab.ssvc import SystemClass


def read_directive(text: str, *, name: str = "") -> Directive:
    """Read a directive policy (YAML). Raises BadInput when a part is missing or wrong, when the
    table does not have exactly one row for each combination of its inputs, or when a part that
    must be cited has no source."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadInput(f"not YAML: {error}", where=name) from error
    if not isinstance(raw, dict):
        raise BadInput("a directive is a mapping", where=name)
    try:
        return _directive(raw)
    except KeyError as missing:
        raise BadInput(f"missing {missing}", where=name, mend="see the other directives") from None
    except (TypeError, ValueError) as error:
        if isinstance(error, BadInput):
            raise BadInput(error.what, where=f"{name} {error.where}".strip()) from None
        raise BadInput(str(error), where=name) from error


def _directive(raw: Mapping[str, Any]) -> Directive:
    inputs = tuple(
        DecisionInput(key=i["key"], label=i["label"], values=tuple(map(str, i["values"])))
        for i in raw["inputs"]
    )
    outcomes = {key: _outcome(value) for key, value in raw["outcomes"].items()}
    directive = Directive(
        id=raw["id"],
        version=str(raw["version"]),
        title=raw["title"],
        authority=raw["authority"],
        issued_date=_date(raw["issued"]),
        effective_date=_date(raw["effective"]),
        revoked_date=_date(raw["revoked"]) if raw.get("revoked") else None,
        applies_to=frozenset(SystemClass(c) for c in raw["applies_to"]),
        inputs=inputs,
        rows=tuple(_row(r, inputs, outcomes) for r in raw["rows"]),
        clocks=tuple(
            Clock(
                key=c["key"],
                label=c["label"],
                within=timedelta(hours=c["hours"]),
                only_with_forensics=bool(c.get("only_with_forensics", False)),
            )
            for c in raw.get("clocks", ())
        ),
        kev_only=bool(raw.get("kev_only", False)),
        sources=dict(raw["sources"]),
    )
    _refuse_gaps(directive)
    return directive


def _outcome(raw: Mapping[str, Any]) -> Outcome:
    outcome = Outcome(
        name=raw["name"],
        days=raw.get("days"),
        months=raw.get("months"),
        on_upgrade=bool(raw.get("on_upgrade", False)),
        forensics=bool(raw.get("forensics", False)),
    )
    if (outcome.days is not None) + (outcome.months is not None) + outcome.on_upgrade != 1:
        raise BadInput(
            "needs exactly one of days, months, on_upgrade", where=f"outcome {outcome.name}"
        )
    return outcome


def _row(
    raw: Mapping[str, Any], inputs: tuple[DecisionInput, ...], outcomes: Mapping[str, Outcome]
) -> Row:
    if raw["outcome"] not in outcomes:
        raise BadInput(f"unknown outcome {raw['outcome']}", where=f"row {raw['row']}")
    return Row(
        number=int(raw["row"]),
        values=tuple(str(raw[point.key]) for point in inputs),
        outcome=outcomes[raw["outcome"]],
    )


def _refuse_gaps(directive: Directive) -> None:
    wanted = set(product(*(point.values for point in directive.inputs)))
    given = [row.values for row in directive.rows]
    if len(given) != len(set(given)):
        raise BadInput("two rows for the same inputs", where="rows")
    if missing := wanted - set(given):
        raise BadInput(f"no row for {sorted(missing)[0]}", where="rows")
    if extra := set(given) - wanted:
        raise BadInput(f"a row for values that no input has: {sorted(extra)[0]}", where="rows")
    for part in ("table", "scope", "clocks") if directive.clocks else ("table", "scope"):
        if not directive.sources.get(part):
            raise BadInput(f"the {part} has no source", where="sources")


def _date(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
