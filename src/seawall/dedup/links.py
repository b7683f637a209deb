"""What a comparison says: links, how strong they are, and contradictions."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Signal(StrEnum):
    """Why two findings may be one bug, strongest first."""

    FIX = "same fix"
    IDENTIFIER = "same identifier"
    INPUT = "same input"
    CRASH = "same crash"
    LOCATION = "same place"
    ORIGIN = "same origin"
    TEXT = "similar text"

    @property
    def rank(self) -> int:
        """5 for the strongest kind of evidence down to 1."""
        return _RANK[self]


_RANK = {
    Signal.FIX: 5,
    Signal.IDENTIFIER: 4,
    Signal.INPUT: 3,
    Signal.CRASH: 3,
    Signal.LOCATION: 2,
    Signal.ORIGIN: 2,
    Signal.TEXT: 1,
}


class Strength(IntEnum):
    """How far a link is believed. By default LIKELY and above merge, POSSIBLE is only shown."""

    POSSIBLE = 1
    LIKELY = 2
    CERTAIN = 3
    PROVEN = 4


@dataclass(frozen=True, slots=True)
class Link:
    """Why findings `a` and `b` are one bug, in a sentence for a person."""

    a: str
    b: str
    signal: Signal
    explanation: str
    strength: Strength
    closeness: float = 1.0
    """Between links of one strength and signal, the closer is believed first; 0 to 1."""

    @property
    def order(self) -> tuple[float, ...]:
        """Sorts links strongest first."""
        return (-self.strength, -self.signal.rank, -self.closeness)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Why two findings are different bugs. Evidence of a lower rank cannot outweigh it."""

    rank: int
    explanation: str
