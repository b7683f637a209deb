"""Who and what a made-up installation consists of: parties, people, packages, and dice."""

import random
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TypeVar

from django.contrib.auth.hashers import make_password

from seawall.cli.seeding import words
from seawall.cli.seeding.tables import Tables
from seawall.parties.models import Membership, Party, Person

T = TypeVar("T")
SPAN = timedelta(days=730)
"""Everything happened within two years before now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    findings: int
    cases: int
    parties: int
    people: int
    assets: int


class Skewed:
    """Draws from `count` things, few of them often and most of them seldom (Zipf)."""

    def __init__(self, count: int, dice: random.Random, *, steepness: float = 1.0) -> None:
        self._bounds = list(accumulate(1 / (rank + 1) ** steepness for rank in range(count)))
        self._dice = dice

    def draw(self) -> int:
        return bisect(self._bounds, self._dice.random() * self._bounds[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    ecosystem: str
    name: str
    vendor: int

    @property
    def purl(self) -> str:
        group = {"maven": "org.example/", "deb": "debian/", "golang": "example.org/"}
        return f"pkg:{self.ecosystem}/{group.get(self.ecosystem, '')}{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    size: Size
    now: datetime
    dice: random.Random
    tables: Tables
    house: int
    vendors: Sequence[int]
    finders: Sequence[int]
    deployers: Sequence[int]
    names: Sequence[str]
    """Names of the parties; index is the key minus one."""
    people_of: Sequence[Sequence[int]]
    packages: Sequence[Package]

    def some(self, things: Sequence[T]) -> T:
        return things[int(self.dice.random() * len(things))]

    def moment(self, share: float) -> datetime:
        """The moment at `share` (0 to 1) of the installation's life."""
        return (self.now - SPAN + SPAN * share).replace(microsecond=0)


def make_world(size: Size, tables: Tables, *, now: datetime, seed: int) -> World:
    """Parties with their people, the house first, and the packages that are scanned."""
    dice = random.Random(seed)
    roles = ["coordinator", *(_role(dice) for _ in range(size.parties - 1))]
    names = [_party_name(number, role, dice) for number, role in enumerate(roles)]
    for number, (name, role) in enumerate(zip(names, roles, strict=True)):
        extra = ["reporter"] if role == "finder" else []
        tables[Party].add(
            name=name,
            kind=Party.Kind.ORGANISATION.value,
            roles=sorted([role, *extra]),
            is_house=number == 0,
            is_active=True,
            created_at=now - SPAN,
        )
    vendors = _of(roles, "vendor")
    return World(
        size=size,
        now=now,
        dice=dice,
        tables=tables,
        house=1,
        vendors=vendors,
        finders=_of(roles, "finder"),
        deployers=_of(roles, "deployer"),
        names=names,
        people_of=_people(size, tables, dice, now),
        packages=_packages(size, vendors, dice),
    )


def _of(roles: Sequence[str], role: str) -> list[int]:
    return [number for number, each in enumerate(roles, start=1) if each == role]


def _role(dice: random.Random) -> str:
    share = dice.random()
    if share < 0.4:
        return "vendor"
    if share < 0.6:
        return "finder"
    return "deployer" if share < 0.99 else "authority"


def _party_name(number: int, role: str, dice: random.Random) -> str:
    if number == 0:
        return "Seawall Coordination Centre"
    kind = dice.choice(words.KINDS[role])
    return f"{dice.choice(words.HARBOURS)} {kind} {number:04d}"


def _people(size: Size, tables: Tables, dice: random.Random, now: datetime) -> list[list[int]]:
    """Each party has a lead who administers it; the rest are spread, most in few parties."""
    of: list[list[int]] = [[] for _ in range(size.parties)]
    often = Skewed(size.parties, dice, steepness=0.7)
    locked = make_password(None)
    for number in range(max(size.people, size.parties)):
        party = number if number < size.parties else often.draw()
        person = tables[Person].add(
            email=f"person{number + 1}@party{party + 1}.example",
            name=f"{dice.choice(words.GIVEN)} {dice.choice(words.FAMILY)}",
            password=locked,
            created_at=now - SPAN,
            is_active=True,
        )
        first = number < size.parties
        tables[Membership].add(
            person_id=person,
            party_id=party + 1,
            role="lead" if first else dice.choice(("viewer", "member", "member", "lead")),
            is_admin=first,
            since=now - SPAN,
        )
        of[party].append(person)
    return of


def _packages(size: Size, vendors: Sequence[int], dice: random.Random) -> list[Package]:
    kinds = [kind for kind, _ in words.ECOSYSTEMS]
    weights = [weight for _, weight in words.ECOSYSTEMS]
    often = Skewed(len(vendors), dice, steepness=0.8)
    return [
        Package(
            ecosystem=dice.choices(kinds, weights)[0],
            name=f"{dice.choice(words.STEMS)}-{dice.choice(words.ENDINGS)}{number}",
            vendor=vendors[often.draw()],
        )
        for number in range(max(20, min(20_000, size.findings // 20)))
    ]
