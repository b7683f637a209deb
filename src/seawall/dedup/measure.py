"""How right a grouping is, pair by pair, against known labels."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from seawall.dedup.grouping import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Pairwise counts: `joined` by the grouping, `same` by the labels, `both`."""

    joined: int
    same: int
    both: int

    @property
    def precision(self) -> float:
        """Share of joined pairs that are one bug; 1 when nothing was joined."""
        return self.both / self.joined if self.joined else 1.0

    @property
    def recall(self) -> float:
        """Share of pairs of one bug that were joined; 1 when there are none."""
        return self.both / self.same if self.same else 1.0

    @property
    def f1(self) -> float:
        """2PR / (P + R)."""
        total = self.joined + self.same
        return 2 * self.both / total if total else 1.0


def score(groups: Iterable[Sequence[str]], labels: Mapping[str, str]) -> Score:
    """Score groups of keys; keys without a label do not count."""
    joined = both = 0
    for members in groups:
        found = Counter(labels[key] for key in members if key in labels)
        joined += _pairs(found.total())
        both += sum(map(_pairs, found.values()))
    return Score(joined=joined, same=sum(map(_pairs, Counter(labels.values()).values())), both=both)


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def over_merged(groups: Iterable[Group], labels: Mapping[str, str]) -> list[Group]:
    """Groups that hold more than one bug."""
    return [g for g in groups if len({labels[k] for k in g.members if k in labels}) > 1]


def under_merged(groups: Iterable[Group], labels: Mapping[str, str]) -> dict[str, list[Group]]:
    """Bugs that lie in more than one group: label → its groups."""
    places: dict[str, list[Group]] = {}
    for group in groups:
        for label in {labels[k] for k in group.members if k in labels}:
            places.setdefault(label, []).append(group)
    return {label: found for label, found in places.items() if len(found) > 1}
