"""Several indexes asked as one: a newer layer's advisories stand in for older ones of the same id.

Records of different layers that share an identifier are one vulnerability, as within an index.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from seawall.matching.index import AdvisoryIndex, KnownVersions, conclude
from seawall.matching.matches import Examination
from seawall.matching.packages import NotLocated, locate
from seawall.vocab.components import Component


class Advised(Protocol):
    """What a check asks: an index, or several as one."""

    @property
    def advisories(self) -> int: ...

    @property
    def skipped(self) -> Mapping[str, int]: ...

    def examine(self, component: Component) -> Examination: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """An index and the ids whose advisories in older layers it replaces, also with nothing: what
    was withdrawn is in no index."""

    index: AdvisoryIndex
    replaces: frozenset[str] = field(default=frozenset(), repr=False)


class LayeredIndex:
    """Layers, the newest first."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers: list[tuple[AdvisoryIndex, frozenset[str]]] = []
        hidden: frozenset[str] = frozenset()
        for layer in layers:
            self._layers.append((layer.index, hidden))
            hidden |= layer.replaces
        self._advisories = sum(
            index.advisories - (index.count(hidden) if hidden else 0)
            for index, hidden in self._layers
        )

    @property
    def advisories(self) -> int:
        """How many different advisories can match."""
        return self._advisories

    @property
    def skipped(self) -> Mapping[str, int]:
        """Reason → how many advisories or affected packages were left out for it."""
        skipped: Counter[str] = Counter()
        for index, _ in self._layers:
            skipped.update(index.skipped)
        return dict(skipped)

    def examine(self, component: Component) -> Examination:
        """Give the matches of a component together with what could not be checked or decided."""
        place = locate(component)
        if isinstance(place, NotLocated):
            return Examination(component=component, not_checked=place.reason)
        said = [index.consider(component, place, hidden=hidden) for index, hidden in self._layers]
        return conclude(component, place, [each for each in said if each is not None])

    def known_versions(self, ecosystem: str, name: str) -> KnownVersions:
        """The versions that the advisories of a package speak of."""
        known = KnownVersions()
        for index, hidden in self._layers:
            each = index.known_versions(ecosystem, name, hidden=hidden)
            known.fixed += each.fixed
            known.affected += each.affected
        return known
