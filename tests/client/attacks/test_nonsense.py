"""Nonsense that is properly signed: every field of every role with a value it should not have.

Whoever holds the keys may write anything; the client says no, or takes it, and never breaks.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from client.attacks.conftest import EVERY_KEY, Stage
from client.attacks.thieves import Signed
from feed.house import SLUG

STRANGE: tuple[Any, ...] = (None, "", "x", -1, 0, 2**70, 1.5, True, [], {}, [[]], {"": None})
ROLES = ("root", "timestamp", "snapshot", "targets", SLUG, "a bin")


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a JSON value, the value itself first."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    if isinstance(value, list):
        for at, each in enumerate(value):
            yield from places(each, (*path, at))


def put(signed: Signed, path: tuple[str | int, ...], value: Any) -> None:
    inner: Any = signed
    for step in path[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = deepcopy(value)


@pytest.mark.parametrize("every", [25, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("role", ROLES)
def test_a_field_with_a_strange_value(stage: Stage, role, every):
    name = stage.thief().bin_of(stage.house.path(4)) if role == "a bin" else role
    pristine = stage.thief(*EVERY_KEY)
    whole = pristine.signed(name)
    wanted = [path for path in places(whole) if path and path != ("version",)]
    for turn, path in list(enumerate(wanted))[::every]:
        for value in (..., STRANGE[turn % len(STRANGE)], STRANGE[(turn * 5 + 3) % len(STRANGE)]):
            thief = stage.thief(*EVERY_KEY)
            signed = deepcopy(whole)
            put(signed, path, value)
            if role == "root":
                signed["version"] = 2
                thief.write("root", signed)
            elif role == "timestamp":
                signed["version"] += 1
                thief.write("timestamp", signed)
            else:
                thief.push({name: lambda made, said=signed: _become(made, said)})
            victim = stage.behind.copy(stage.place("victim"))
            outcome = victim.sync(thief.folder, now=stage.now)
            assert outcome.code in (0, 1, 3), (path, value)


def _become(made: Signed, said: Signed) -> None:
    version = made["version"]
    made.clear()
    made.update(deepcopy(said), version=version)
