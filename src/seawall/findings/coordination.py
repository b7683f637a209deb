"""What the cases say about findings. Cases stand above findings, so they are asked through this
socket, which the app `cases` fills when it starts; without it no finding has a case."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Protocol

from django.db.models import QuerySet

from seawall.core.access import CaseFacts
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor


class Coordination(Protocol):
    """A case covers the whole group of its finding; each group has one case that is awake, or
    none."""

    def awake(self) -> QuerySet[Any]:
        """The cases that are awake, with `bars`, `shredded_at` and `covers`: one row for each
        finding that the case covers, whose key is the finding's."""
        ...

    def readable(
        self, by: Actor, *, now: datetime, at_least: Tier, one_by_one: bool
    ) -> QuerySet[Any]:
        """Those of `awake` of which `by` may read `at_least` that tier, found by looking at each
        or by gathering them."""
        ...

    def sees_many(self, by: Actor, *, at_least: Tier, most: int) -> bool:
        """Whether `by` may read `at_least` that tier of more than `most` cases, as far as indexes
        tell quickly."""
        ...

    def facts(self, leads: Collection[int], *, now: datetime) -> dict[int, CaseFacts]:
        """What decides access, by the lead of each of these groups that has a case; a fixed
        number of queries."""
        ...

    def regrouped(self, finding_ids: Iterable[int], *, by: Actor, now: datetime) -> None:
        """Let the cases follow groups that changed, in the transaction that changed them."""
        ...


_asked: list[Coordination] = []


def fill(coordination: Coordination) -> None:
    """Say who answers from now on."""
    _asked[:] = [coordination]


def coordination() -> Coordination:
    """Who answers. Raises LookupError before the apps are ready."""
    if not _asked:
        raise LookupError("the app `cases` has not said who coordinates findings")
    return _asked[0]
