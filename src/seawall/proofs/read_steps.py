"""Strict reader of steps: `[[step]]`, `[[control]]` and the transcript of a recorded script."""

import re
from collections.abc import Mapping
from typing import Any

from seawall.proofs.placeholders import NAMES
from seawall.proofs.reproducer import Step
from seawall.proofs.tables import Table
from seawall.proofs.values import ValueReader, placeholders_in
from seawall.vocab.errors import BadInput
from seawall.vocab.evidence import Runtime

MAX_STEPS = 400
OPERATIONS = ("call", "new", "get", "item", "builtin", "set", "enter", "exit")
_SHARED = ("list", "len", "str", "bytes", "next", "iter", "repr")
BUILTINS = {
    Runtime.PYTHON: (*_SHARED, "dict", "tuple", "set", "sorted", "int", "float", "bool"),
    Runtime.NODE: (*_SHARED, "dict", "json"),
}
_KEYS = (*OPERATIONS, "args", "kwargs", "value", "as", "await", "may_raise")
_PART = {Runtime.PYTHON: r"[A-Za-z]\w*", Runtime.NODE: r"[A-Za-z$][\w$]*"}
_MODULE = {
    Runtime.PYTHON: r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*",
    Runtime.NODE: r"(@[a-z0-9~._-]+/)?[a-zA-Z0-9~.-][a-zA-Z0-9~._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*",
}
_BARRED_IN_NODE = frozenset({"constructor", "prototype", "__proto__"})


def read_steps(
    data: Any, where: str, *, runtime: Runtime, files: Mapping[str, bytes]
) -> tuple[tuple[Step, ...], int]:
    """Give the steps and the size of all their values in bytes, or raise BadInput."""
    if not isinstance(data, list) or not data:
        raise BadInput("wants at least one step", where=where, mend=f"write [[{where}]]")
    if len(data) > MAX_STEPS:
        raise BadInput(f"more than {MAX_STEPS} steps", where=where)
    values = ValueReader(runtime, files)
    steps = tuple(_step(item, f"{where}[{i}]", runtime, values) for i, item in enumerate(data))
    return steps, values.weight


def placeholders_of(steps: tuple[Step, ...], files: Mapping[str, bytes]) -> frozenset[str]:
    """Give the placeholders that the values of `steps` name."""
    found: frozenset[str] = frozenset()
    for step in steps:
        tree = [list(step.args), dict(step.kwargs), step.value]
        found |= placeholders_in(tree, files)
    return found & frozenset(NAMES)


def _step(data: Any, where: str, runtime: Runtime, values: ValueReader) -> Step:
    table = Table(data, where, keys=_KEYS)
    named = [op for op in OPERATIONS if op in table]
    if len(named) != 1:
        raise BadInput(
            f"wants exactly one of {', '.join(OPERATIONS)}" + (f", has {named}" if named else ""),
            where=where,
        )
    op = named[0]
    if op in ("enter", "exit") and runtime is Runtime.NODE:
        raise BadInput(f"{op!r} is for python", where=where)
    if op == "new" and runtime is not Runtime.NODE:
        raise BadInput("'new' is for node", where=where, mend="call the class")
    ref, key = _reference(table, op, runtime, values)
    args = tuple(
        values.check(v, f"{where}.args[{i}]") for i, v in enumerate(_list(table, "args", op))
    )
    kwargs = _kwargs(table, op, runtime, values)
    value = values.check(table.raw("value"), f"{where}.value") if op == "set" else key
    if ("value" in table) != (op == "set"):
        raise BadInput("'value' goes with 'set' and only there", where=where)
    name = table.text("as", "", limit=40, pattern=r"[A-Za-z][A-Za-z0-9_]*", hint="a plain name")
    if name:
        values.handles.add(name)
    return Step(
        op=op,
        ref=ref,
        args=args,
        kwargs=kwargs,
        value=value,
        save_as=name,
        awaits=table.flag("await"),
        may_raise=table.flag("may_raise"),
    )


def _reference(table: Table, op: str, runtime: Runtime, values: ValueReader) -> tuple[str, Any]:
    """Give the step's reference and, for `item`, its key."""
    place = table.place(op)
    if op == "builtin":
        return table.choice(op, BUILTINS[runtime]), None
    if op == "item":
        pair = table.raw(op)
        if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)):
            raise BadInput('wants ["$handle", key]', where=place)
        if isinstance(pair[1], bool) or not isinstance(pair[1], str | int):
            raise BadInput("the key is text or a whole number", where=place)
        if runtime is Runtime.NODE and isinstance(pair[1], str):
            _check_part(pair[1], runtime, place, anything=True)
        return _handle(pair[0], (0, 0), place, runtime, values), pair[1]
    ref = table.text(op, limit=240)
    if ref.startswith("$"):
        dots = {"get": (1, 9), "set": (1, 1), "enter": (0, 0), "exit": (0, 0)}.get(op, (0, 9))
        return _handle(ref, dots, place, runtime, values), None
    if op in ("set", "enter", "exit"):
        raise BadInput(f"{op!r} wants a handle", where=place, mend='write "$name"')
    return _import(ref, place, runtime), None


def _handle(
    ref: str, dots: tuple[int, int], where: str, runtime: Runtime, values: ValueReader
) -> str:
    name, *parts = ref.removeprefix("$").split(".")
    if not ref.startswith("$") or name not in values.handles:
        raise BadInput(f"no earlier step is saved as {name!r}", where=where)
    if not dots[0] <= len(parts) <= dots[1]:
        raise BadInput(f"{ref!r} has too few or too many dots here", where=where)
    for part in parts:
        _check_part(part, runtime, where)
    return ref


def _import(ref: str, where: str, runtime: Runtime) -> str:
    module, colon, dotted = ref.partition(":")
    if not re.fullmatch(_MODULE[runtime], module):
        raise BadInput(f"{module[:60]!r} is no module of a package", where=where)
    if any(part.startswith("_") for part in re.split(r"[./]", module)):
        raise BadInput("a name that begins with an underscore is private", where=where)
    if not dotted and runtime is Runtime.PYTHON:
        raise BadInput("names no function of the module", where=where, mend='"module:name"')
    if colon and not dotted:
        raise BadInput("nothing follows the colon", where=where)
    for part in dotted.split(".") if dotted else ():
        _check_part(part, runtime, where)
    return ref


def _check_part(part: str, runtime: Runtime, where: str, *, anything: bool = False) -> None:
    if part.startswith("_"):
        raise BadInput(
            f"{part!r}: a name that begins with an underscore is private",
            where=where,
            mend="reach the effect through the target's public functions",
        )
    if runtime is Runtime.NODE and part in _BARRED_IN_NODE:
        raise BadInput(f"{part!r} leads out of the target", where=where)
    if not anything and not re.fullmatch(_PART[runtime], part):
        raise BadInput(f"{part[:60]!r} is no plain name", where=where)


def _list(table: Table, key: str, op: str) -> list[Any]:
    value = table.raw(key, [])
    if not isinstance(value, list) or len(value) > 100:
        raise BadInput("wants an array of at most 100", where=table.place(key))
    if value and op not in ("call", "new", "builtin"):
        raise BadInput(f"{op!r} takes no {key}", where=table.where)
    return value


def _kwargs(table: Table, op: str, runtime: Runtime, values: ValueReader) -> dict[str, Any]:
    data = table.raw("kwargs", {})
    if not isinstance(data, dict) or len(data) > 100:
        raise BadInput("wants a table", where=table.place("kwargs"))
    if data and (op != "call" or runtime is not Runtime.PYTHON):
        raise BadInput("kwargs go with a python call", where=table.where)
    return {k: values.check(v, f"{table.place('kwargs')}.{k}") for k, v in data.items()}
