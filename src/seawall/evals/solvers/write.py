"""Write a reproducer.toml from plain data."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from seawall.evals.item import Item
from seawall.evals.prompts import template_of


def reproducer_toml(
    item: Item,
    oracle: Mapping[str, Any],
    *,
    steps: Sequence[Mapping[str, Any]] = (),
    control: Sequence[Mapping[str, Any]] = (),
    body: str = "",
) -> bytes:
    """The item's template with this oracle, these steps, or this `body` for native targets."""
    head = template_of(item.solution.reproducer).partition("[oracle]")[0].replace("…", "a proof")
    lines = [head + "[oracle]", *(f"{key} = {toml(value)}" for key, value in oracle.items()), ""]
    for name, rows in (("step", steps), ("control", control)):
        for row in rows:
            lines += [f"[[{name}]]", *(f"{key} = {toml(value)}" for key, value in row.items()), ""]
    return ("\n".join([*lines, body]) + "\n").encode()


def toml(value: Any) -> str:
    """A value as TOML; JSON writes texts, numbers, truth and lists alike."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml(k)} = {toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(v) for v in value) + "]"
    if isinstance(value, str):
        plain = value.encode("utf-8", "replace").decode()
        return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
