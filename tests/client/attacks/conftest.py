"""A house whose news an operator has not seen yet, and the mirror that a thief makes of it."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from client.attacks.operators import Operator, Outcome
from client.attacks.thieves import Thief
from client.mirrors import Mirror, serve
from feed.house import House, make_house

EVERY_KEY = ("timestamp", "snapshot", "publisher", "ana", "ben", "cleo")


@dataclass(kw_only=True)
class Stage:
    """`behind` has installed three releases; since then the house has published a fourth and
    revised the first. `ahead` has installed that too. `old` is what the house gave out before."""

    house: House
    folder: Path
    old: Path
    behind: Operator
    ahead: Operator
    _count: int = field(default=0)

    @property
    def now(self) -> datetime:
        return self.house.now

    def place(self, name: str) -> Path:
        self._count += 1
        return self.folder / f"{name}-{self._count}"

    def thief(self, *stolen: str) -> Thief:
        return Thief(self.house, self.place("mirror"), *stolen)

    def refused(
        self,
        operator: Operator,
        mirror: Path,
        says: str,
        *,
        now: datetime | None = None,
        code: int = 1,
        ways: tuple[str, ...] = ("folder", "web"),
        dress: Callable[[Mirror], None] = lambda _: None,
    ) -> None:
        """From a folder and over the network, nothing of the mirror is installed, and `says` is
        why; without the attack, the same operator installs the same news."""
        for way in ways:
            victim = operator.copy(self.place("victim"))
            before = victim.installed()
            outcome = self.tried(victim, mirror, now or self.now, way, dress)
            assert (outcome.code, bool(re.search(says, outcome.sentence))) == (code, True), outcome
            assert victim.installed() == before
        control = operator.copy(self.place("control"))
        assert control.sync(self.house.folder, now=self.now) == Outcome(code=0)
        assert control.releases() == {
            f"SEAWALL-2026-{number:04d}": revision
            for number, revision in self.house.revisions.items()
        }

    def tried(
        self,
        operator: Operator,
        mirror: Path,
        now: datetime,
        way: str = "folder",
        dress: Callable[[Mirror], None] = lambda _: None,
    ) -> Outcome:
        if way == "folder":
            return operator.sync(mirror, now=now)
        with serve(mirror) as running:
            dress(running)
            return operator.sync(running.url, now=now)


@pytest.fixture(scope="package")
def _stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder = tmp_path_factory.mktemp("stage")
    house = make_house(folder / "house", releases=3)
    behind = Operator.trusting(folder / "behind", house.root)
    assert behind.sync(house.folder, now=house.now) == Outcome(code=0)
    shutil.copytree(house.folder, folder / "old")
    house.publish()
    house.revise(1)
    ahead = behind.copy(folder / "ahead")
    assert ahead.sync(house.folder, now=house.now) == Outcome(code=0)
    return Stage(house=house, folder=folder, old=folder / "old", behind=behind, ahead=ahead)


@pytest.fixture
def stage(_stage: Stage, tmp_path: Path) -> Stage:
    """What all attacks begin from; they only read it, and write beside it."""
    return Stage(
        house=_stage.house,
        folder=tmp_path,
        old=_stage.old,
        behind=_stage.behind,
        ahead=_stage.ahead,
    )
