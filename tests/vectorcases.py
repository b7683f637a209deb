"""The cases of the vendored suites, and the list of those that are not passed."""

import json
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "vectors"


def files(suite: str, *kinds: str) -> list[str]:
    """The files of `suite` ("purl", "vers") that have cases of the given test types."""
    paths = sorted((_FOLDER / suite).glob("*.json"))
    return [path.name for path in paths if any(cases(suite, path.name, *kinds))]


def cases(suite: str, file: str, *kinds: str) -> Iterator[tuple[int, Any]]:
    """Number and content of every case of the given test types in a file."""
    for number, case in enumerate(_read(suite, file)):
        if case["test_type"] in kinds:
            yield number, case


def failures(suite: str, file: str, kind: str, passes: Callable[[Any], bool]) -> dict[int, Any]:
    """The cases of a type that are not passed, by number."""
    return {number: case for number, case in cases(suite, file, kind) if not passes(case)}


def listed(suite: str, file: str, kind: str) -> list[int]:
    """The numbers of a type's cases that known_failures.toml lists, each with a reason."""
    reasons = known_failures().get(suite, {}).get(file, {})
    assert all(reason.strip() for reason in reasons.values())
    return [number for number, _ in cases(suite, file, kind) if str(number) in reasons]


@cache
def known_failures() -> dict[str, Any]:
    """suite → file → case number → reason."""
    return tomllib.loads((_FOLDER / "known_failures.toml").read_text("utf-8"))


@cache
def _read(suite: str, file: str) -> list[Any]:
    tests: list[Any] = json.loads((_FOLDER / suite / file).read_text("utf-8"))["tests"]
    return tests
