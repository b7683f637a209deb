"""Whether a model is covered: a test with stated error rates over results in a committed order."""

from seawall.core.determination.checks import check_plan
from seawall.core.determination.decide import determine, next_positions
from seawall.core.determination.finding import (
    Ability,
    Cost,
    Determination,
    Gate,
    SideFinding,
    Step,
    Track,
)
from seawall.core.determination.plan import (
    Calibration,
    GateLimits,
    Plan,
    SideOrder,
    commitment,
)

__all__ = [
    "Ability",
    "Calibration",
    "Cost",
    "Determination",
    "Gate",
    "GateLimits",
    "Plan",
    "SideFinding",
    "SideOrder",
    "Step",
    "Track",
    "check_plan",
    "commitment",
    "determine",
    "next_positions",
]
