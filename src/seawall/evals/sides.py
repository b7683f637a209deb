"""The two sides of an item where the fix is a diff: an embargoed case has no fixed release yet."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from seawall.evals.item import Item
from seawall.proofs.observation import Observation
from seawall.proofs.patched import prepare_patched
from seawall.proofs.placeholders import RunSecrets
from seawall.proofs.recording import Recorder
from seawall.proofs.reproducer import Reproducer, Target
from seawall.proofs.runtime import Prepared, RuntimeDriver, Unsupported
from seawall.sandbox.protocol import Outcome, Sandbox
from seawall.vocab.evidence import RunRecord, Side


def with_item_sides(
    item: Item, driver: RuntimeDriver, *, sandbox: Sandbox, cache: Path
) -> RuntimeDriver:
    """`driver` itself where a fixed version is released, else one that patches the affected one."""
    if not item.solution.fix:
        return driver
    return _PatchedSide(driver=driver, diff=item.solution.fix, sandbox=sandbox, cache=cache)


def graded_target(item: Item) -> Target:
    """The item's target; where the fix is a diff, with a name for the patched side."""
    target = item.target
    if not item.solution.fix:
        return target
    return dataclasses.replace(target, fixed=f"{target.affected}+fix")


@dataclass(frozen=True, slots=True, kw_only=True)
class _PatchedSide:
    """A driver whose fixed side is the affected one with a diff applied."""

    driver: RuntimeDriver
    diff: bytes
    sandbox: Sandbox
    cache: Path

    def prepare(self, reproducer: Reproducer, side: Side) -> Prepared:
        """See RuntimeDriver."""
        if side is not Side.FIXED:
            return self.driver.prepare(reproducer, side)
        _, patched = prepare_patched(
            reproducer, self.diff, driver=self.driver, cache=self.cache, sandbox=self.sandbox
        )
        return patched

    def run(
        self,
        reproducer: Reproducer,
        prepared: Prepared,
        *,
        side: Side,
        index: int,
        secrets: RunSecrets,
    ) -> RunRecord:
        """See RuntimeDriver."""
        return self.driver.run(reproducer, prepared, side=side, index=index, secrets=secrets)

    def record(
        self, reproducer: Reproducer, prepared: Prepared, secrets: RunSecrets
    ) -> tuple[Observation, Outcome]:
        """See `recording.Recorder`."""
        if not isinstance(self.driver, Recorder):
            raise Unsupported("this runtime records no scripts")
        return self.driver.record(reproducer, prepared, secrets)
