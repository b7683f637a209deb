"""Damage: any file of a feed with bytes changed, cut or exchanged; refused, or without effect."""

import random

import pytest

from client.attacks.conftest import Stage
from client.attacks.operators import Operator


@pytest.mark.parametrize("turns", [25, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_damaged_file_never_installs_anything_else(stage: Stage, turns):
    chance = random.Random(turns)
    good = stage.behind.copy(stage.place("good"))
    assert good.sync(stage.house.folder, now=stage.now).code == 0
    right = _releases(good)
    thief = stage.thief()
    files = sorted(p for p in thief.folder.rglob("*") if p.is_file())
    for _ in range(turns):
        file = chance.choice(files)
        whole = file.read_bytes()
        file.write_bytes(_damaged(whole, chance))
        victim = stage.behind.copy(stage.place("victim"))
        before = victim.installed()
        outcome = victim.sync(thief.folder, now=stage.now)
        file.write_bytes(whole)
        assert outcome.code in (0, 1, 3), file
        if outcome.code:
            assert victim.installed() == before, file
        else:
            assert _releases(victim) == right, file


def _damaged(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    kind = chance.randrange(5)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
    if kind == 2:
        return data + chance.randbytes(chance.randrange(1, 2000))
    if kind == 3:
        return data[at:] + data[:at]
    return chance.randbytes(len(data))


def _releases(operator: Operator) -> list[tuple[object, ...]]:
    return operator._rows("SELECT path, revision, sha256 FROM releases ORDER BY path")
