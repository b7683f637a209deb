"""Traffic Light Protocol 2.0 (FIRST, August 2022)."""

from enum import StrEnum


class Tlp(StrEnum):
    """How far information may be shared, most restricted first."""

    RED = "TLP:RED"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    AMBER = "TLP:AMBER"
    GREEN = "TLP:GREEN"
    CLEAR = "TLP:CLEAR"

    @property
    def openness(self) -> int:
        """0 for RED up to 4 for CLEAR."""
        return list(Tlp).index(self)
