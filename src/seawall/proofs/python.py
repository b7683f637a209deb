"""The python runtime: packages from the index, steps replayed in a fresh interpreter."""

import os
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seawall.proofs.interpreter import python_path
from seawall.proofs.judge import judge
from seawall.proofs.observation import Observation, Roots, read_observation
from seawall.proofs.placeholders import RunSecrets
from seawall.proofs.prepare_python import prepare_python
from seawall.proofs.replay_job import HARNESS, TREE, modules_of, recording, replay_job
from seawall.proofs.reproducer import Reproducer, Step
from seawall.proofs.runtime import Prepared
from seawall.sandbox.protocol import Outcome, Sandbox
from seawall.vocab.evidence import RunRecord, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonRuntime:
    """Prepares and runs python proofs."""

    sandbox: Sandbox
    cache: Path
    checkers: Path | None = None

    def prepare(self, reproducer: Reproducer, side: Side) -> Prepared:
        """See RuntimeDriver."""
        target = reproducer.target
        version = target.fixed if side is Side.FIXED else target.affected
        return prepare_python(target, version, cache=self.cache, sandbox=self.sandbox)

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
        steps = reproducer.control if side is Side.CONTROL else reproducer.steps
        seen, outcome = self.observe(reproducer, steps, prepared.tree, secrets)
        return judge(
            seen,
            oracle=reproducer.oracle,
            side=side,
            index=index,
            version=prepared.version,
            outcome=outcome,
        )

    def record(
        self, reproducer: Reproducer, prepared: Prepared, secrets: RunSecrets
    ) -> tuple[Observation, Outcome]:
        """See `recording.Recorder`."""
        return self._watch(
            reproducer, (), prepared.tree, secrets, "record.py", recording(reproducer, secrets)
        )

    def observe(
        self, reproducer: Reproducer, steps: Sequence[Step], tree: Path, secrets: RunSecrets
    ) -> tuple[Observation, Outcome]:
        """Replay `steps` once and give what was seen."""
        told = {"modules": modules_of(steps)}
        return self._watch(reproducer, steps, tree, secrets, "replay.py", told)

    def _watch(
        self,
        reproducer: Reproducer,
        steps: Sequence[Step],
        tree: Path,
        secrets: RunSecrets,
        program: str,
        told: Mapping[str, object],
    ) -> tuple[Observation, Outcome]:
        roots = Roots(
            target=f"{TREE}/target",
            deps=f"{TREE}/deps",
            harness=str(HARNESS),
            library=(sysconfig.get_path("stdlib"), os.path.realpath(os.path.dirname(os.__file__))),
        )
        job = replay_job(
            reproducer,
            steps,
            tree=tree,
            secrets=secrets,
            argv=(*python_path(), f"{HARNESS}/{program}"),
            child={"target": roots.target, "deps": roots.deps, **told},
            checkers=self.checkers,
        )
        outcome = self.sandbox.run(job)
        return read_observation(outcome, key=secrets.key, roots=roots), outcome
