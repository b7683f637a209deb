"""The node runtime: packages from npm, steps replayed in a fresh node process."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seawall.proofs.judge import judge
from seawall.proofs.observation import Observation, Roots, read_observation
from seawall.proofs.placeholders import RunSecrets
from seawall.proofs.prepare_node import node_mounts, node_path, prepare_node
from seawall.proofs.replay_job import HARNESS, TREE, modules_of, recording, replay_job
from seawall.proofs.reproducer import Reproducer, Step
from seawall.proofs.runtime import Prepared
from seawall.sandbox.protocol import Outcome, Sandbox
from seawall.vocab.evidence import OracleKind, RunRecord, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRuntime:
    """Prepares and runs node proofs."""

    sandbox: Sandbox
    cache: Path
    checkers: Path | None = None

    def prepare(self, reproducer: Reproducer, side: Side) -> Prepared:
        """See RuntimeDriver."""
        target = reproducer.target
        version = target.fixed if side is Side.FIXED else target.affected
        return prepare_node(target, version, cache=self.cache, sandbox=self.sandbox)

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
        if reproducer.oracle.kind is OracleKind.PROTOTYPE and seen.of("polluted"):
            # The change itself is seen without any trap; who makes it, in a second pass with one.
            trapped, _ = self.observe(reproducer, steps, prepared.tree, secrets, trap=True)
            seen = dataclasses.replace(seen, messages=seen.messages + trapped.of("sink"))
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
        told = recording(reproducer, secrets)
        return self._watch(reproducer, (), prepared.tree, secrets, "record.cjs", told)

    def observe(
        self,
        reproducer: Reproducer,
        steps: Sequence[Step],
        tree: Path,
        secrets: RunSecrets,
        *,
        trap: bool = False,
    ) -> tuple[Observation, Outcome]:
        """Replay `steps` once and give what was seen; `trap` sets the prototype oracle's trap."""
        hang = reproducer.oracle.kind is OracleKind.HANG
        told = {"modules": modules_of(steps), "trap": trap, "hang": hang}
        return self._watch(reproducer, steps, tree, secrets, "replay.cjs", told)

    def _watch(
        self,
        reproducer: Reproducer,
        steps: Sequence[Step],
        tree: Path,
        secrets: RunSecrets,
        program: str,
        told: Mapping[str, object],
    ) -> tuple[Observation, Outcome]:
        packages = f"{TREE}/node_modules"
        roots = Roots(
            target=f"{packages}/{reproducer.target.path}", deps=packages, harness=str(HARNESS)
        )
        job = replay_job(
            reproducer,
            steps,
            tree=tree,
            secrets=secrets,
            argv=(str(node_path()), f"{HARNESS}/{program}"),
            child={
                "tree": str(TREE),
                "target": roots.target,
                "deps": roots.deps,
                **told,
            },
            checkers=self.checkers,
            mounts=node_mounts(),
        )
        outcome = self.sandbox.run(job)
        return read_observation(outcome, key=secrets.key, roots=roots), outcome
