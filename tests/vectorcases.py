"""The cases of the vendored suites with ids, and the list of those that are not passed."""

import json
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_FOLDER = Path(__file__).parent / "vectors"


def cases(suite: str, *kinds: str) -> list[Any]:
    """Every case of `suite` ("purl", "vers") of the given test types as a pytest parameter
    (file, number, case); the id is file and number."""
    found = []
    for path in sorted((_FOLDER / suite).glob("*.json")):
        for number, case in enumerate(json.loads(path.read_text("utf-8"))["tests"]):
            if case["test_type"] in kinds:
                name = f"{path.stem}-{number}"
                found.append(pytest.param(path.name, number, case, id=name))
    return found


@cache
def known_failures() -> dict[str, Any]:
    """suite → file → case number → reason."""
    return tomllib.loads((_FOLDER / "known_failures.toml").read_text("utf-8"))


def judge(suite: str, file: str, number: int, passes: Callable[[], bool]) -> None:
    """Fail when a case is not passed and not listed, or listed and passed."""
    reason = known_failures().get(suite, {}).get(file, {}).get(str(number))
    passed = passes()
    if reason is None:
        assert passed
    else:
        assert not passed, f"passes now: take it off known_failures.toml ({reason})"
