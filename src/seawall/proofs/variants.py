"""Other inputs made from a proof: mutated ones that a good fix also stops, benign ones that it
must not stop."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from seawall.proofs.placeholders import named_in
from seawall.proofs.reproducer import Reproducer, Step
from seawall.proofs.values import MAX_REPEAT

_Change = Callable[[Any], Any]
_MAX_TEXT = 1 << 20


def variants_of(reproducer: Reproducer) -> Iterator[tuple[str, Reproducer]]:
    """Give mutated proofs, each with a few words about it; those that change nothing are left out.

    A variant that fires on a fix shows that the fix is not one. One that stays silent shows little.
    """
    seen = [reproducer.steps]
    for words, change in _STEP_CHANGES:
        steps = tuple(_with_values(step, change) for step in reproducer.steps)
        if steps not in seen:
            seen.append(steps)
            yield words, dataclasses.replace(reproducer, steps=steps)
    run = reproducer.run
    for name in run.inputs if run is not None else ():
        for words, alter in _FILE_CHANGES:
            data = alter(reproducer.files[name])
            if data != reproducer.files[name] and len(data) <= _MAX_TEXT:
                files = {**reproducer.files, name: data}
                yield f"{name} {words}", dataclasses.replace(reproducer, files=files)


def benign_of(reproducer: Reproducer) -> Iterator[tuple[str, Reproducer]]:
    """Give benign uses of the same functions as `control`: the author's own, else candidates made
    by taking the harm out of the steps. Whether one really is benign is for its run to show."""
    if reproducer.has_control:
        yield "the reproducer's control input", reproducer
        return
    for words, change in (
        ("the same steps without the run's values", _without_placeholders),
        ("the same steps with short, plain text", _plain),
    ):
        steps = tuple(_with_values(step, change) for step in reproducer.steps)
        if steps != reproducer.steps:
            yield words, dataclasses.replace(reproducer, control=steps)


def _with_values(step: Step, change: _Change) -> Step:
    return dataclasses.replace(
        step,
        args=tuple(_walk(v, change) for v in step.args),
        kwargs={k: _walk(v, change) for k, v in step.kwargs.items()},
        value=_walk(step.value, change) if step.op == "set" else step.value,
    )


def _walk(value: Any, change: _Change) -> Any:
    """Apply `change` to strings and repeats in a value tree; names of files and handles stay."""
    match value:
        case str() | {"repeat": [_, _]}:
            return change(value)
        case list():
            return [_walk(v, change) for v in value]
        case {"concat": parts}:
            return {"concat": _walk(parts, change)}
        case {"tuple": parts}:
            return {"tuple": _walk(parts, change)}
        case {"dict": pairs}:
            return {"dict": [[key, _walk(v, change)] for key, v in pairs]}
    return value


def _text(change: Callable[[str], str]) -> _Change:
    return lambda value: change(value) if isinstance(value, str) and value else value


def _count(change: Callable[[int], int]) -> _Change:
    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            part, count = value["repeat"]
            return {"repeat": [part, min(change(count), MAX_REPEAT)]}
        return value

    return changed


def _without_placeholders(value: Any) -> Any:
    if isinstance(value, dict):
        return {"repeat": [value["repeat"][0], min(value["repeat"][1], 2)]}
    return "benign" if named_in(value) else value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return "a"
    return "benign" if named_in(value) or not value.replace("_", "").isalnum() else value


_STEP_CHANGES: tuple[tuple[str, _Change], ...] = (
    ("text with a space before it", _text(lambda t: f" {t}")),
    ("text with a line end after it", _text(lambda t: f"{t}\n")),
    ("text written twice", _text(lambda t: t + t if len(t) < _MAX_TEXT else t)),
    ("repeats half as often", _count(lambda n: n // 2)),
    ("repeats one and a half times as often", _count(lambda n: n + n // 2)),
)
_FILE_CHANGES: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("written twice", lambda data: data + data),
    ("without its last byte", lambda data: data[:-1]),
    ("with a line end after it", lambda data: data + b"\n"),
)
