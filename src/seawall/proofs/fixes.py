"""Verify a candidate fix: every reproducer silent, no variant firing, benign use as before."""

import dataclasses
import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from seawall.core.evidence import DEFAULT_RUNS
from seawall.proofs.interpreter import interpreter_mounts, python_path
from seawall.proofs.judge import ALL_RAN
from seawall.proofs.patched import prepare_patched
from seawall.proofs.placeholders import draw_secrets
from seawall.proofs.prepare_node import node_mounts, node_path
from seawall.proofs.reproduce import utc_now
from seawall.proofs.reproducer import Reproducer
from seawall.proofs.runtime import Prepared, PrepareFailed, RuntimeDriver, Unsupported
from seawall.proofs.runtimes import driver_for
from seawall.proofs.variants import benign_of, variants_of
from seawall.sandbox.protocol import Job, Limits, Mount, Sandbox
from seawall.vocab.errors import one_line
from seawall.vocab.evidence import RunRecord, Runtime, Side
from seawall.vocab.fixes import FixCheck, FixOutcome, FixVerification

DEFAULT_VARIANTS = 6
_BENIGN_SEED = 20261123
"""Benign runs on both sides get the same values, so that their answers can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A fix to try: a version of the target, or a unified diff against the affected version."""

    version: str = ""
    diff: bytes = field(default=b"", repr=False)


def verify_fix(
    reproducers: Sequence[Reproducer],
    candidate: Candidate,
    *,
    test_argv: Sequence[str] = (),
    test_files: Mapping[str, bytes] | None = None,
    sandbox: Sandbox,
    cache_dir: Path,
    endorsed: frozenset[str] = frozenset(),
    runs: int = DEFAULT_RUNS,
    variants: int = DEFAULT_VARIANTS,
    clock: Callable[[], datetime] = utc_now,
    rng: random.Random | None = None,
    driver: RuntimeDriver | None = None,
) -> FixVerification:
    """Run every reproducer of a case against `candidate` and say what it is worth.

    `test_argv` is the project's own test command, run in the sandbox beside `test_files` with the
    target importable; it counts only if it passes on the affected version. `variants` is how many
    mutated inputs are tried at most. Never raises for what the candidate does.
    """
    started_at = clock()
    checks: list[FixCheck] = []
    silenced: list[str] = []
    for reproducer in reproducers:
        trial = _Trial(
            reproducer=reproducer,
            candidate=candidate,
            driver=driver or driver_for(reproducer, sandbox, cache_dir),
            sandbox=sandbox,
            cache=cache_dir,
            rng=rng or random.SystemRandom(),
            runs=runs,
            variants=variants,
        )
        checks += trial.checks(test_argv, test_files or {}, endorsed)
        if trial.silenced:
            silenced.append(reproducer.digest)
    outcome, reasons = _conclude(checks, candidate)
    return FixVerification(
        outcome=outcome,
        reasons=reasons,
        checks=tuple(checks),
        silenced=tuple(silenced),
        started_at=started_at,
        finished_at=clock(),
    )


@dataclass(slots=True, kw_only=True)
class _Trial:
    """One reproducer against one candidate."""

    reproducer: Reproducer
    candidate: Candidate
    driver: RuntimeDriver
    sandbox: Sandbox
    cache: Path
    rng: random.Random
    runs: int
    variants: int
    silenced: bool = False

    def checks(
        self, test_argv: Sequence[str], test_files: Mapping[str, bytes], endorsed: frozenset[str]
    ) -> list[FixCheck]:
        name = self.reproducer.digest
        if self.reproducer.needs_endorsement and name not in endorsed:
            return [_void(name, "the bundle brings code of its own that no reviewer has endorsed")]
        if self.reproducer.script:
            return [_void(name, "a fix is tried with steps; turn the script into steps first")]
        try:
            affected = self.driver.prepare(self.reproducer, Side.AFFECTED)
            proof, fixed = self._prepare()
        except (Unsupported, PrepareFailed) as error:
            return [_void(name, str(error))]
        first = self._silence(proof, fixed, affected)
        made = [first]
        if first.passed:
            self.silenced = True
            made += self._variants(proof, fixed)
            made += self._benign(proof, affected, fixed)
            if test_argv:
                made.append(self._tests(test_argv, test_files, affected, fixed))
        return made

    def _prepare(self) -> tuple[Reproducer, Prepared]:
        if self.candidate.diff:
            return prepare_patched(
                self.reproducer,
                self.candidate.diff,
                driver=self.driver,
                cache=self.cache,
                sandbox=self.sandbox,
            )
        target = dataclasses.replace(self.reproducer.target, fixed=self.candidate.version)
        proof = dataclasses.replace(self.reproducer, target=target)
        return proof, self.driver.prepare(proof, Side.FIXED)

    def _silence(self, proof: Reproducer, fixed: Prepared, affected: Prepared) -> FixCheck:
        name = self.reproducer.digest
        before = self._run(proof, affected, Side.AFFECTED)
        if not before.fired:
            why = before.problem or before.detail
            return _void(name, f"the proof does not fire on {affected.version} now ({why})", before)
        after = tuple(self._run(proof, fixed, Side.FIXED, index=i) for i in range(self.runs))
        fired = sum(r.fired for r in after)
        broken = next((r.problem or r.refused or r.suspicion for r in after if _unusable(r)), "")
        if fired:
            reason = f"the proof still fires in {fired} of {len(after)} runs"
        elif broken:
            reason = f"the proof no longer reaches the target, which is not silence: {broken}"
        else:
            reason = f"the proof is silent in {len(after)} of {len(after)} runs"
        passed = not fired and not broken
        return FixCheck(
            kind="reproducer", name=name, passed=passed, reason=reason, runs=(before, *after)
        )

    def _variants(self, proof: Reproducer, fixed: Prepared) -> list[FixCheck]:
        made = []
        for words, variant in itertools.islice(variants_of(proof), self.variants):
            run = self._run(variant, fixed, Side.FIXED)
            reason = f"with {words} the proof fires again" if run.fired else "silent"
            made.append(
                FixCheck(
                    kind="variant", name=words, passed=not run.fired, reason=reason, runs=(run,)
                )
            )
        return made

    def _benign(self, proof: Reproducer, affected: Prepared, fixed: Prepared) -> list[FixCheck]:
        """Compare a benign use before and after; a made-up one counts only if it works before."""
        for words, use in benign_of(proof):
            before = self._run(use, affected, Side.CONTROL, seed=_BENIGN_SEED)
            if before.fired or _unusable(before):
                continue
            if not proof.has_control and before.detail != ALL_RAN:
                continue
            after = self._run(use, fixed, Side.CONTROL, seed=_BENIGN_SEED)
            reason = self._difference(before, after)
            return [
                FixCheck(
                    kind="benign",
                    name=words,
                    passed=not reason,
                    reason=reason or "works as before",
                    runs=(before, after),
                )
            ]
        return []

    def _difference(self, before: RunRecord, after: RunRecord) -> str:
        if after.fired:
            return "the oracle fires on benign use"
        if _unusable(after):
            return f"benign use no longer works: {after.problem or after.refused}"
        if (before.exit, before.detail) != (after.exit, after.detail):
            return f"benign use ends otherwise: {after.detail or after.exit}"
        if self.candidate.diff and before.answers != after.answers:
            return "benign use gives other answers than before"
        return ""

    def _run(
        self,
        proof: Reproducer,
        prepared: Prepared,
        side: Side,
        *,
        index: int = 0,
        seed: int | None = None,
    ) -> RunRecord:
        rng = self.rng if seed is None else random.Random(seed)
        return self.driver.run(proof, prepared, side=side, index=index, secrets=draw_secrets(rng))

    def _tests(
        self,
        argv: Sequence[str],
        files: Mapping[str, bytes],
        affected: Prepared,
        fixed: Prepared,
    ) -> FixCheck:
        before = self._test(argv, files, affected)
        if before:
            return _void(
                self.reproducer.digest,
                f"the project's tests do not pass on the affected version either: {before}",
            )
        after = self._test(argv, files, fixed)
        reason = f"they fail with the fix: {after}" if after else "they pass"
        return FixCheck(kind="tests", name=" ".join(argv), passed=not after, reason=reason)

    def _test(self, argv: Sequence[str], files: Mapping[str, bytes], tree: Prepared) -> str:
        """Run the project's tests against one tree; "" when they pass, else the last lines."""
        program = {"python": python_path(), "python3": python_path()}.get(argv[0], (argv[0],))
        mounts = interpreter_mounts()
        if self.reproducer.target.runtime is Runtime.NODE:
            mounts += node_mounts()
            program = (str(node_path()),) if argv[0] == "node" else program
        if program == python_path():
            program = (program[0], "-B")  # isolated mode would ignore PYTHONPATH
        outcome = self.sandbox.run(
            Job(
                argv=(*program, *argv[1:]),
                mounts=(*mounts, Mount(source=tree.tree, target=PurePosixPath("/t"))),
                files=files,
                environment={
                    "PATH": "/usr/bin:/bin",
                    "LANG": "C.UTF-8",
                    "PYTHONPATH": "/t/target:/t/deps",
                    "NODE_PATH": "/t/node_modules",
                },
                limits=Limits(wall_seconds=600, cpu_seconds=600, memory_bytes=2 << 30),
            )
        )
        if outcome.exit_code == 0:
            return ""
        tail = (outcome.stdout + outcome.stderr)[-300:].decode("utf-8", "replace")
        return one_line(tail) or outcome.stopped_by or f"exit {outcome.exit_code}"


def _void(name: str, reason: str, *runs: RunRecord) -> FixCheck:
    return FixCheck(kind="void", name=name, passed=False, reason=reason, runs=runs)


def _unusable(run: RunRecord) -> bool:
    return bool(run.problem or run.refused or run.suspicion)


def _conclude(
    checks: Sequence[FixCheck], candidate: Candidate
) -> tuple[FixOutcome, tuple[str, ...]]:
    """Give the outcome and its sentences, the decisive one first."""
    failed = [c for c in checks if not c.passed]
    reasons = tuple(_sentence(c) for c in (*failed, *(c for c in checks if c.passed)) if _told(c))
    if not checks:
        return FixOutcome.ERROR, ("There is no reproducer to try the fix with.",)
    if any(c.kind == "void" for c in failed):
        return FixOutcome.ERROR, reasons
    firing = [c for c in failed if any(r.fired and r.side is not Side.AFFECTED for r in c.runs)]
    if firing:
        return FixOutcome.INEFFECTIVE, reasons
    if failed:
        return FixOutcome.BREAKS, reasons
    if not any(c.kind in ("benign", "tests") for c in checks):
        caveat = (
            "Nothing shows that the feature still works: the reproducer has no usable control "
            "input, and no tests were given."
        )
        if candidate.diff:
            return FixOutcome.ERROR, (caveat, *reasons)
        return FixOutcome.VERIFIED, (*reasons, caveat)
    return FixOutcome.VERIFIED, reasons


def _told(check: FixCheck) -> bool:
    return not (check.kind == "variant" and check.passed)


def _sentence(check: FixCheck) -> str:
    subject = {
        "reproducer": f"Reproducer {check.name[:12]}",
        "void": f"Reproducer {check.name[:12]}",
        "variant": "Variant",
        "benign": f"Benign use ({check.name})",
        "tests": f"The project's tests ({check.name})",
    }[check.kind]
    return f"{subject}: {check.reason}."
