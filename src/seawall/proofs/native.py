"""The native runtime: `NativeRuntime` is the driver that the validation of proofs uses."""

from dataclasses import dataclass
from pathlib import Path

from seawall.proofs.native_prepare import prepare_native
from seawall.proofs.native_run import run_native
from seawall.proofs.placeholders import RunSecrets
from seawall.proofs.reproducer import Reproducer
from seawall.proofs.runtime import Prepared
from seawall.sandbox import Sandbox
from seawall.vocab.evidence import RunRecord, Side


@dataclass(frozen=True, slots=True)
class NativeRuntime:
    """C and C++ targets: sources fetched and built by us, programs run on data.

    `cache` is the folder of everything prepared; whether a reproducer that brings code of its own
    (`Reproducer.needs_endorsement`) may be prepared at all is decided before this is asked.
    """

    sandbox: Sandbox
    cache: Path

    def prepare(self, reproducer: Reproducer, side: Side) -> Prepared:
        return prepare_native(reproducer, side, sandbox=self.sandbox, cache=self.cache)

    def run(
        self,
        reproducer: Reproducer,
        prepared: Prepared,
        *,
        side: Side,
        index: int,
        secrets: RunSecrets,
    ) -> RunRecord:
        return run_native(
            reproducer,
            prepared,
            side=side,
            index=index,
            secrets=secrets,
            sandbox=self.sandbox,
            cache=self.cache,
        )
