"""Validate one reproducer: prepare both sides, run, compare, grade."""

import dataclasses
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from seawall.core.evidence import DEFAULT_RUNS, Grade, grade, sentence
from seawall.proofs.placeholders import draw_secrets
from seawall.proofs.plausible import flaw_of_control
from seawall.proofs.reader import load_reproducer
from seawall.proofs.recording import record_script
from seawall.proofs.reproducer import Reproducer
from seawall.proofs.runtime import Prepared, PrepareFailed, RuntimeDriver, Unsupported
from seawall.proofs.runtimes import driver_for
from seawall.sandbox.protocol import Sandbox
from seawall.vocab.evidence import EvidenceLevel, RunRecord, Side, ValidationRecord, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressStep:
    """One thing that begins (`run` None) or has ended; `what` is words for a person."""

    what: str
    done: int
    total: int
    run: RunRecord | None = None


Progress = Callable[[ProgressStep], None]


def utc_now() -> datetime:
    return datetime.now(UTC)


def reproduce(
    bundle: Reproducer | Path,
    *,
    sandbox: Sandbox,
    cache_dir: Path,
    clock: Callable[[], datetime] = utc_now,
    rng: random.Random | None = None,
    runs: int = DEFAULT_RUNS,
    endorsed: frozenset[str] = frozenset(),
    checkers: Path | None = None,
    driver: RuntimeDriver | None = None,
    progress: Progress | None = None,
) -> ValidationRecord:
    """Run and grade a reproducer and give the record.

    `endorsed` are digests of bundles whose code a reviewer has read; `checkers` is a folder of
    reviewed checkers. Raises BadInput or OSError for a bundle that cannot be read; everything
    that goes wrong later is in the record's verdict and reasons.
    """
    reproducer = bundle if isinstance(bundle, Reproducer) else load_reproducer(bundle)
    job = _Validation(
        reproducer=reproducer,
        driver=driver or driver_for(reproducer, sandbox, cache_dir, checkers),
        sandbox=sandbox,
        rng=rng or random.SystemRandom(),
        wanted=max(runs, reproducer.limits.runs),
        progress=progress or (lambda _: None),
    )
    started_at = clock()
    verdict = job.validate(endorsed)
    return ValidationRecord(
        reproducer_digest=reproducer.digest,
        target=reproducer.target.purl,
        runtime=reproducer.target.runtime,
        oracle=reproducer.oracle.kind,
        affected_version=reproducer.target.affected,
        fixed_version=reproducer.target.fixed,
        verdict=verdict.verdict,
        level=verdict.level,
        reasons=verdict.reasons,
        runs=tuple(job.runs),
        started_at=started_at,
        finished_at=clock(),
        environment={"sandbox": sandbox.name, **job.environment},
    )


@dataclass(slots=True, kw_only=True)
class _Validation:
    """One validation under way."""

    reproducer: Reproducer
    driver: RuntimeDriver
    sandbox: Sandbox
    rng: random.Random
    wanted: int
    progress: Progress
    runs: list[RunRecord] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    done: int = 0

    def validate(self, endorsed: frozenset[str]) -> Grade:
        reproducer = self.reproducer
        if reproducer.needs_endorsement and reproducer.digest not in endorsed:
            return _stop(
                Verdict.UNSUPPORTED,
                "The bundle brings code of its own into the observed process; it runs only when a "
                f"reviewer has read it and endorsed its digest {reproducer.digest}.",
            )
        try:
            return self._validate()
        except Unsupported as error:
            return _stop(Verdict.UNSUPPORTED, str(error))
        except PrepareFailed as error:
            again = " Trying again may help." if error.retry else ""
            return _stop(Verdict.ERROR, f"{error}.{again}")

    def _validate(self) -> Grade:
        oracle = self.reproducer.oracle
        if oracle.checker and getattr(self.driver, "checkers", None) is None:
            raise Unsupported(f"no reviewed checker is called {oracle.checker!r}")
        affected = self._prepare(Side.AFFECTED)
        fixed = self._prepare_fixed()
        suspicion = ""
        if self.reproducer.script:
            with self._step("recording the script"):
                recorded = record_script(
                    self.reproducer, self.driver, affected, fixed, rng=self.rng
                )
            self.reproducer = dataclasses.replace(
                self.reproducer, steps=recorded.steps, script="", files=recorded.files
            )
            suspicion = recorded.suspicion
            if not recorded.steps:
                return _without_calls(suspicion)
        self._run_side(Side.AFFECTED, affected)
        if self._all_fired():
            if fixed is not None:
                self._run_side(Side.FIXED, fixed)
            if self.reproducer.has_control:
                self._run_side(Side.CONTROL, affected)
        result = grade(self.runs, oracle=self.reproducer.oracle.kind, wanted=self.wanted)
        if suspicion and result.verdict is not Verdict.CONFIRMED:
            return Grade(
                verdict=Verdict.FORGED,
                level=EvidenceLevel.E0,
                reasons=(suspicion, *result.reasons),
            )
        return result

    def _prepare(self, side: Side) -> Prepared:
        target = self.reproducer.target
        version = target.affected if side is Side.AFFECTED else target.fixed
        with self._step(f"preparing {target.name} {version}".rstrip()):
            prepared = self.driver.prepare(self.reproducer, side)
        for name, value in prepared.facts.items():
            if name == "digest":  # the same as the tree's
                continue
            self.environment[f"{side.value}.{name}"] = value
        self.environment[f"{side.value}.tree"] = prepared.digest
        return prepared

    def _prepare_fixed(self) -> Prepared | None:
        """Prepare the fixed side; when that fails the comparison is void, not the proof."""
        if not (self.reproducer.target.fixed or _has_fix(self.reproducer)):
            return None
        try:
            return self._prepare(Side.FIXED)
        except (Unsupported, PrepareFailed) as error:
            self.runs.append(
                RunRecord(
                    side=Side.FIXED,
                    index=0,
                    version=self.reproducer.target.fixed,
                    fired=False,
                    attributed=False,
                    detail="",
                    problem=str(error),
                )
            )
            return None

    def _run_side(self, side: Side, prepared: Prepared) -> None:
        for index in range(self.wanted):
            what = f"{side.value} {prepared.version}, run {index + 1} of {self.wanted}"
            self._tell(what)
            record = self.driver.run(
                self.reproducer,
                prepared,
                side=side,
                index=index,
                secrets=draw_secrets(self.rng),
            )
            if side is Side.CONTROL and not record.fired and not record.problem:
                flaw = flaw_of_control(self.reproducer)
                record = dataclasses.replace(record, problem=flaw)
            self.runs.append(record)
            self.done += 1
            self._tell(what, run=record)
            if record.refused or record.suspicion or record.problem:
                return  # one such run decides; more would say the same

    def _all_fired(self) -> bool:
        affected = [r for r in self.runs if r.side is Side.AFFECTED]
        return len(affected) >= self.wanted and all(r.fired for r in affected)

    @contextmanager
    def _step(self, what: str) -> Iterator[None]:
        self._tell(what)
        yield
        self.done += 1
        self._tell(what)

    def _tell(self, what: str, run: RunRecord | None = None) -> None:
        self.progress(ProgressStep(what=what, done=self.done, total=self._total(), run=run))

    def _total(self) -> int:
        reproducer = self.reproducer
        sides = 1 + bool(reproducer.target.fixed) + reproducer.has_control
        return sides * self.wanted + 1 + bool(reproducer.target.fixed) + bool(reproducer.script)


def _has_fix(reproducer: Reproducer) -> bool:
    build = reproducer.build
    return build is not None and bool(build.fix or build.fixed_archive or build.without_patches)


def _without_calls(suspicion: str) -> Grade:
    if suspicion:
        return _stop(Verdict.FORGED, suspicion)
    return _stop(
        Verdict.NOT_REPRODUCED, "The script called nothing of the target, so nothing was replayed."
    )


def _stop(verdict: Verdict, reason: str) -> Grade:
    return Grade(verdict=verdict, level=EvidenceLevel.E0, reasons=(sentence(reason),))
