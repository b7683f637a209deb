"""What a reproducer may not claim, whatever its tables say one by one.

Names are plain package names, so that no package manager reads an option or an address out of
them; the fixed version comes after the affected one; a control differs from the proof in its values
and in nothing else.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from seawall.matching.schemes import SCHEMES
from seawall.proofs.reproducer import NativeRun, Reproducer, Step, Target
from seawall.vocab.errors import BadInput
from seawall.vocab.evidence import OracleKind

_NAMES = {
    "pypi": r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?",
    "npm": r"(@[a-z0-9~][a-z0-9._~-]*/)?[A-Za-z0-9~][A-Za-z0-9._~-]*",
    "deb": r"debian/[a-z0-9][a-z0-9+.-]+",
    "generic": r"([A-Za-z0-9][A-Za-z0-9_.+-]*/)*[A-Za-z0-9][A-Za-z0-9_.+-]*",
}
EVERYDAY = frozenset(
    {
        "SystemExit", "KeyboardInterrupt", "GeneratorExit", "StopIteration", "StopAsyncIteration",
        "Exception", "BaseException", "Error",
    }
)  # fmt: skip
"""Exceptions that end programs and loops as they should; that one escapes shows nothing."""
_EQUAL = 0.9
"""Share of a step's size that the control's must have."""


def check_target(target: Target, *, same_source: bool) -> None:
    """Refuse names, pins and versions that are not what they look like. Raises BadInput.

    `same_source`: both sides are made from one release (patches, a diff, archives of the bundle),
    so their versions are only names.
    """
    if not re.fullmatch(_NAMES[target.kind], target.path):
        raise BadInput(
            f"{target.purl!r} is no plain package name",
            where="target.purl",
            mend='such as "pkg:pypi/name", "pkg:npm/@scope/name", "pkg:deb/debian/name"',
        )
    for pin in target.pins:
        name = re.split("==|(?<!^)@", pin, maxsplit=1)[0]
        if _normal(name) == _normal(target.path):
            raise BadInput("pins the target itself", where="target.with", mend="use 'affected'")
    if same_source or target.kind not in ("pypi", "npm"):
        return
    key = SCHEMES[target.kind].key
    affected = key(target.affected)
    if target.fixed and not affected < key(target.fixed):
        raise BadInput(
            f"{target.fixed} does not come after the affected version {target.affected}",
            where="target.fixed",
            mend="name a later version that has the fix",
        )


def check_exception(name: str) -> None:
    """Refuse exceptions whose escape is everyday. Raises BadInput."""
    if name.rpartition(".")[2] in EVERYDAY:
        raise BadInput(
            f"{name} ends programs and loops every day; that it escapes is no denial of service",
            where="oracle.type",
            mend="name the exception that no caller expects",
        )


def flaw_of_control(reproducer: Reproducer) -> str:
    """Say why silence of the control would say nothing about the proof; "" when it would."""
    if reproducer.oracle.kind is OracleKind.EXCEPTION:
        return (
            "every function raises something for some argument, so an exception is told from "
            "everyday use by a fixed version only"
        )
    if reproducer.run is not None and reproducer.control_run is not None:
        return _other_run(reproducer.run, reproducer.control_run)
    steps, control = reproducer.steps, reproducer.control
    if [(s.op, s.ref) for s in steps] != [(s.op, s.ref) for s in control]:
        return "the control makes other calls than the proof"
    if reproducer.oracle.kind is OracleKind.HANG:
        return _smaller(steps, control, reproducer.files)
    return ""


def _other_run(run: NativeRun, control: NativeRun) -> str:
    options = [[a for a in r.args if a.startswith("-")] for r in (run, control)]
    shapes = [(len(r.args), bool(r.stdin), len(r.inputs)) for r in (run, control)]
    if options[0] != options[1] or shapes[0] != shapes[1]:
        return "the control calls the program in another way than the proof"
    return ""


def _smaller(steps: Sequence[Step], control: Sequence[Step], files: Mapping[str, bytes]) -> str:
    for number, pair in enumerate(zip(steps, control, strict=True), start=1):
        proof, benign = (_size([list(s.args), dict(s.kwargs), s.value], files) for s in pair)
        for ours, theirs, what in zip(proof, benign, ("values", "numbers"), strict=True):
            if theirs < _EQUAL * ours:
                return f"the control's {what} in step {number} are smaller than the proof's"
    return ""


def _size(value: Any, files: Mapping[str, bytes]) -> tuple[float, float]:
    """Give the bytes of a checked value and the sum of its numbers' magnitudes."""
    match value:
        case bool() | None:
            return 0, 0
        case int() | float():
            return 0, _magnitude(value)
        case str():
            return len(value), 0
        case list():
            return _sum([_size(v, files) for v in value])
        case {"handle": _}:
            return 0, 0
        case (
            {"text": name}
            | {"file": name}
            | {"path": name}
            | {"bytesio": name}
            | {"stringio": name}
        ) if name in files:
            return len(files[name]), 0
        case {"repeat": [part, int(count)]}:
            size, numbers = _size(part, files)
            return max(size, 1) * count, numbers * count
        case {"bigint": str(text)}:
            return 0, _magnitude(int(text))
        case {"float": _}:
            return 0, math.inf
        case {"json": str(text)}:
            return len(text), _numbers(text)
        case dict():
            return _sum([_size(v, files) for v in value.values()])
    return 0, 0


def _sum(sizes: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return sum(s[0] for s in sizes), sum(s[1] for s in sizes)


def _magnitude(number: float) -> float:
    try:
        return abs(float(number))
    except OverflowError:
        return math.inf


def _numbers(text: str) -> float:
    try:
        return _size(_plain(json.loads(text)), {})[1]
    except (ValueError, RecursionError):
        return 0


def _plain(value: Any) -> Any:
    """JSON objects as lists, so that no key passes for a constructor of values."""
    if isinstance(value, dict):
        return [_plain(v) for v in value.values()]
    return [_plain(v) for v in value] if isinstance(value, list) else value


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
