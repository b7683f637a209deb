"""Read regimes of review from their policy files; every part cites its clause."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from seawall.core.policy_files import read_file, refuse_unknown, sources_of, text_of
from seawall.vocab.errors import BadInput
from seawall.vocab.regimes import Demand, Gate, Regime, Trigger, Window
from seawall.vocab.reviews import PartnerKind

_TEXTS = ("id", "title", "authority", "status", "voluntary")
_LISTS = ("consults", "terms", "evidence", "criteria", "eligible", "sources")
_PARTS = frozenset({*_TEXTS, *_LISTS, "determines", "window", "trigger", "gate"})
_STATUS = ("in force", "proposed")


def read_regime(text: str, *, name: str = "") -> Regime:
    """Read one regime (YAML). BadInput says which part is missing, unknown or cites nothing, and
    refuses a voluntary regime with a gate: what is voluntary cannot stop a release."""
    return read_file(text, name=name, what="a regime", read=_regime)


def _regime(raw: Mapping[str, Any]) -> Regime:
    refuse_unknown(raw, _PARTS, mend="see the other regimes")
    voluntary = raw.get("voluntary")
    if not isinstance(voluntary, bool):
        raise BadInput("missing, or neither true nor false", where="voluntary")
    gate = _gate(raw)
    if voluntary and (gate is not None or raw.get("evidence")):
        raise BadInput(
            "a voluntary regime demands nothing and stops no release",
            where="gate" if gate is not None else "evidence",
            mend="take it out, or say voluntary: false",
        )
    status = text_of(raw, "status")
    if status not in _STATUS:
        raise BadInput("unknown word", where="status", mend=f"one of {', '.join(_STATUS)}")
    return Regime(
        id=text_of(raw, "id"),
        title=text_of(raw, "title"),
        authority=text_of(raw, "authority"),
        status=status,
        voluntary=voluntary,
        determines=_demand(_mapping(raw, "determines"), "determines"),
        consults=_texts(raw, "consults"),
        terms=_demands(raw, "terms"),
        evidence=_demands(raw, "evidence"),
        criteria=_demands(raw, "criteria"),
        eligible=_eligible(raw),
        window=_window(raw),
        trigger=_trigger(raw),
        gate=gate,
        sources=sources_of(raw, what="a regime"),
    )


def _window(raw: Mapping[str, Any]) -> Window | None:
    if "window" not in raw:
        return None
    part = _mapping(raw, "window")
    days = _number(part, "days", "window")
    if not 0 < days <= 366:
        raise BadInput("not between a day and a year", where="window/days")
    return Window(longest=timedelta(days=days), clause=text_of(part, "clause", below="window/"))


def _trigger(raw: Mapping[str, Any]) -> Trigger | None:
    if "trigger" not in raw:
        return None
    part = _mapping(raw, "trigger")
    operations = float(_number(part, "operations", "trigger"))
    return Trigger(operations=operations, clause=text_of(part, "clause", below="trigger/"))


def _gate(raw: Mapping[str, Any]) -> Gate | None:
    if "gate" not in raw:
        return None
    part = _mapping(raw, "gate")
    return Gate(
        dollars_per_day=int(_number(part, "dollars_per_day", "gate")),
        clause=text_of(part, "clause", below="gate/"),
    )


def _eligible(raw: Mapping[str, Any]) -> tuple[str, ...]:
    found = _texts(raw, "eligible")
    for each in found:
        if each not in list(PartnerKind):
            raise BadInput(
                "unknown kind of partner",
                where=f"eligible: {each}",
                mend=f"one of {', '.join(PartnerKind)}",
            )
    return found


def _demands(raw: Mapping[str, Any], name: str) -> tuple[Demand, ...]:
    value = raw.get(name, [])
    if not isinstance(value, list):
        raise BadInput("not a list", where=name)
    found = []
    for number, part in enumerate(value):
        if not isinstance(part, dict):
            raise BadInput("not a mapping", where=f"{name}/{number}")
        found.append(_demand(part, f"{name}/{number}"))
    ids = [each.id for each in found]
    if len(set(ids)) != len(ids):
        raise BadInput("an id stands twice", where=name)
    return tuple(found)


def _demand(part: Mapping[str, Any], where: str) -> Demand:
    return Demand(
        id=text_of(part, "id", below=f"{where}/"),
        says=text_of(part, "says", below=f"{where}/"),
        clause=text_of(part, "clause", below=f"{where}/"),
    )


def _mapping(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = raw.get(name)
    if not isinstance(value, dict):
        raise BadInput("missing or not a mapping", where=name)
    return value


def _texts(raw: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value: Sequence[Any] = raw.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadInput("not a list of texts", where=name)
    return tuple(value)


def _number(raw: Mapping[str, Any], name: str, where: str) -> float:
    value = raw.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise BadInput("missing or not a number above zero", where=f"{where}/{name}")
    return value
