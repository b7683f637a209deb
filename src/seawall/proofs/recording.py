"""Scripts: run once against recording stand-ins of the target, turned into steps, put away."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from seawall.proofs.reproducer import Reproducer, Step
from seawall.proofs.runtime import Prepared, RuntimeDriver, Unsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The steps that a script took, and what its run showed that a replay must show too."""

    steps: tuple[Step, ...]
    files: Mapping[str, bytes]
    suspicion: str = ""
    """Why the proof is forged if the replay does not confirm it; empty for a plain failure."""


def record_script(
    reproducer: Reproducer,
    driver: RuntimeDriver,
    affected: Prepared,
    fixed: Prepared | None,
    *,
    rng: random.Random,
) -> Recorded:
    """Record the script; raises Unsupported for what cannot be said in steps."""
    raise Unsupported("scripts cannot be recorded yet")
