"""Tiers as the API names them."""

from typing import Literal

TierName = Literal["T0", "T1", "T2", "T3"]
