"""Run a built program once on arguments and input files, and say what was seen.

Only data of the reporter is in play: the program was built by us from the target's own sources,
so whatever it does is the target's doing. The sanitizer writes to a file whose name is drawn for
the run, in a folder that cannot be listed, and ends the program with a code drawn for the run;
the guard linked into the program has wiped both from its environment before main() began. Text
on the program's own output that looks like a report is therefore no report but a forgery.
"""

import hashlib
import re
import secrets as randomness
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from seawall.formats.sanitizer import parse_sanitizer
from seawall.formats.stackframes import frame_line
from seawall.proofs.native_script import SOURCE
from seawall.proofs.native_symbols import PROGRAM, symbolize
from seawall.proofs.placeholders import RunSecrets, fill, fill_bytes
from seawall.proofs.reproducer import NativeRun, Reproducer
from seawall.proofs.runtime import Prepared
from seawall.sandbox import Job, Limits, Mount, Outcome, Sandbox, SandboxUnavailable
from seawall.vocab.errors import one_line
from seawall.vocab.evidence import FrameOrigin, OracleKind, RunRecord, Side, StackFrame
from seawall.vocab.sanitizers import SanitizerFrame, SanitizerReport

SUPPORTED = (
    OracleKind.SANITIZER,
    OracleKind.HANG,
    OracleKind.COMMAND,
    OracleKind.FILE_WRITE,
    OracleKind.FILE_READ,
)
MOST = Limits(wall_seconds=120, cpu_seconds=120, memory_bytes=2 << 30)
_ADDRESS = re.compile(rb"0x[0-9a-f]{6,16}\b")
_HIDDEN = ".h"
_START = """
umask 022
mkdir {hidden}/{token} && chmod 0311 {hidden} && cd {work} && exec "$@"
"""
_NAMED = {
    OracleKind.COMMAND: "{command}",
    OracleKind.FILE_WRITE: "{canary}",
    OracleKind.FILE_READ: "{secret}",
}
_TRIALS = frozenset(
    {
        *("test", "tests", "testing", "testsuite", "fuzz", "fuzzing", "fuzzers", "example"),
        *("examples", "sample", "samples", "bench", "benchmark", "benchmarks"),
    }
)
"""Folders whose programs may well be flawed on purpose; users do not run them."""
_FILLED = (OracleKind.COMMAND, OracleKind.FILE_WRITE, OracleKind.FILE_READ)
_TAIL = 2000
_SIGXCPU = 24
_MAX_FRAMES = 64


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one run showed, before it is judged."""

    fired: bool = False
    attributed: bool = False
    detail: str = ""
    stack: tuple[StackFrame, ...] = ()
    report: SanitizerReport | None = None
    suspicion: str = ""
    problem: str = ""


def run_native(
    reproducer: Reproducer,
    prepared: Prepared,
    *,
    side: Side,
    index: int,
    secrets: RunSecrets,
    sandbox: Sandbox,
    cache: Path,
    most: Limits = MOST,
) -> RunRecord:
    """Run once; see `RuntimeDriver.run`. `most` bounds what the reproducer may ask for."""
    run = reproducer.control_run if side is Side.CONTROL else reproducer.run
    one = _OneRun(reproducer, prepared, secrets, sandbox, cache, most)
    if run is None:
        return one.record(side, index, None, _Seen(problem="the reproducer has no such run"))
    if reproducer.oracle.kind not in SUPPORTED:
        why = f"the {reproducer.oracle.kind} oracle does not exist for native targets"
        return one.record(side, index, None, _Seen(problem=why))
    try:
        outcome = sandbox.run(one.job(run))
        return one.record(side, index, outcome, one.judge(outcome))
    except (OSError, SandboxUnavailable) as error:
        problem = f"the run could not be made: {one_line(str(error))}"
        return one.record(side, index, None, _Seen(problem=problem))


class _OneRun:
    def __init__(
        self,
        reproducer: Reproducer,
        prepared: Prepared,
        secrets: RunSecrets,
        sandbox: Sandbox,
        cache: Path,
        most: Limits,
    ) -> None:
        self.reproducer, self.prepared, self.secrets = reproducer, prepared, secrets
        self.sandbox, self.cache, self.most = sandbox, cache, most
        self.kind = reproducer.oracle.kind
        self.token = randomness.token_hex(16)
        self.exit_code = 65 + randomness.randbelow(60)
        self.asked = False

    # -- before -------------------------------------------------------------------------------

    def job(self, run: NativeRun) -> Job:
        values = self._values(run)
        # Whoever writes the command line may ask for anything; only content can be an attack.
        self.asked = any(_NAMED.get(self.kind, "\0") in arg for arg in run.args)
        inputs = {f"run/{name}": self._content(name, values) for name in run.inputs}
        start = _START.format(
            hidden=f"/work/{_HIDDEN}", token=self.token, work=shlex.quote(self.secrets.work)
        )
        if self.kind is OracleKind.HANG:
            start = f"ulimit -S -t {self._hang_seconds()}\n" + start
        return Job(
            argv=("/bin/sh", "-c", start, "run", PROGRAM, *self._arguments(run, values)),
            mounts=(Mount(source=self.prepared.tree / "program", target=PurePosixPath(PROGRAM)),),
            files={**inputs, **self._planted(), f"{_HIDDEN}/kept": b"", "run/.kept": b""},
            environment={"PATH": "/usr/bin:/bin", "HOME": self.secrets.work, **self._options()},
            stdin=self._content(run.stdin, values) if run.stdin else b"",
            collect=(f"{_HIDDEN}/{self.token}", _relative(self.secrets.canary), "run"),
            limits=self._limits(),
        )

    def _values(self, run: NativeRun) -> Mapping[str, str]:
        return {**self.secrets.placeholders(), "input": _input_path(run, self.secrets)}

    def _arguments(self, run: NativeRun, values: Mapping[str, str]) -> list[str]:
        """Arguments with `{input}` and the run's placeholders filled."""
        return [fill(arg, values).replace("{input}", values["input"]) for arg in run.args]

    def _content(self, name: str, values: Mapping[str, str]) -> bytes:
        content = self.reproducer.files[name]
        return fill_bytes(content, values) if self.kind in _FILLED else content

    def _planted(self) -> dict[str, bytes]:
        effect = f"/work/{_HIDDEN}/{self.token}/effect"
        script = f"#!/bin/sh\nprintf %s {self.secrets.effect} > {effect}\n"
        return {
            _relative(self.secrets.command): script.encode(),
            _relative(self.secrets.secret): self.secrets.secret_content.encode(),
            f"{_relative(self.secrets.canary).rpartition('/')[0]}/.kept": b"",
        }

    def _options(self) -> dict[str, str]:
        common = (
            f"log_path=/work/{_HIDDEN}/{self.token}/log:exitcode={self.exit_code}:symbolize=0"
            ":abort_on_error=0:handle_abort=0:halt_on_error=1:print_stacktrace=1:color=never"
            ":allocator_may_return_null=1"
        )
        leaks = int("leak" in (self.reproducer.build.sanitizers if self.reproducer.build else ()))
        return {
            "ASAN_OPTIONS": f"{common}:detect_leaks={leaks}:detect_stack_use_after_return=0",
            "UBSAN_OPTIONS": common,
            "MSAN_OPTIONS": common,
            "TSAN_OPTIONS": common,
            "LSAN_OPTIONS": common,
        }

    def _limits(self) -> Limits:
        wanted = self.reproducer.limits
        cpu = self.most.cpu_seconds
        if self.kind is OracleKind.HANG:
            cpu = min(cpu, self._hang_seconds() + 2)
        return Limits(
            wall_seconds=min(self.most.wall_seconds, wanted.wall_seconds),
            cpu_seconds=cpu,
            memory_bytes=min(self.most.memory_bytes, wanted.memory_mb << 20),
            processes=self.most.processes,
            file_bytes=self.most.file_bytes,
            disk_bytes=self.most.disk_bytes,
            output_bytes=self.most.output_bytes,
        )

    def _hang_seconds(self) -> int:
        return max(1, round(self.reproducer.oracle.cpu_seconds))

    # -- after --------------------------------------------------------------------------------

    def judge(self, outcome: Outcome) -> _Seen:
        if problem := _did_not_start(outcome):
            return _Seen(problem=problem)
        match self.kind:
            case OracleKind.SANITIZER:
                return self._sanitizer(outcome)
            case OracleKind.HANG:
                return self._hang(outcome)
            case OracleKind.COMMAND:
                effect = outcome.files.get(f"{_HIDDEN}/{self.token}/effect", b"")
                return _effect(
                    effect.decode("utf-8", "replace") == self.secrets.effect,
                    "the planted command was executed",
                    asked=self.asked,
                )
            case OracleKind.FILE_WRITE:
                return _effect(
                    _relative(self.secrets.canary) in outcome.files,
                    "the file outside the working folder was written",
                    asked=self.asked,
                )
        secret = self.secrets.secret_content.encode()
        written = [c for p, c in outcome.files.items() if p.startswith("run/")]
        return _effect(
            any(secret in text for text in (outcome.stdout, outcome.stderr, *written)),
            "the content of the secret file came back",
            asked=self.asked,
        )

    def _sanitizer(self, outcome: Outcome) -> _Seen:
        text = self._log(outcome)
        report = parse_sanitizer(text) if text else None
        if report is None:
            claimed = _claims(outcome)
            why = (
                "the program printed what looks like a sanitizer report, but the sanitizer "
                "that is built into it wrote none"
            )
            detail = f"no report; {_ending(outcome)}"
            return _Seen(detail=detail, suspicion=why if claimed else "")
        if outcome.exit_code != self.exit_code and self.prepared.facts.get("guard") != "yes":
            return _Seen(
                detail="a report without the exit code that the sanitizer gives it",
                suspicion="a report was written, but the program did not end as the sanitizer "
                "ends it",
            )
        text = symbolize(
            text,
            self.prepared.tree / "program",
            self.prepared.digest,
            sandbox=self.sandbox,
            cache=self.cache / "symbols",
        )
        report = parse_sanitizer(text) or report
        stack = tuple(_frame(f) for f in report.fault[:_MAX_FRAMES])
        place = next((f for f in stack if f.origin is not FrameOrigin.RUNTIME), None)
        attributed = (
            place is not None
            and place.origin is FrameOrigin.TARGET
            and _TRIALS.isdisjoint(place.file.split("/")[:-1])
        )
        access = f" {report.access} of {report.size} bytes" if report.access else ""
        where = f" in {place.function} ({place.file}:{place.line})" if place else ""
        return _Seen(
            fired=True,
            attributed=attributed,
            detail=f"{report.tool}: {report.kind}{access}{where}",
            stack=stack,
            report=report,
        )

    def _hang(self, outcome: Outcome) -> _Seen:
        limit = self.reproducer.oracle.cpu_seconds
        stopped = outcome.stopped_by == "cpu" or outcome.signal == _SIGXCPU
        if not stopped and outcome.cpu_seconds <= limit:
            return _Seen(detail=f"{outcome.cpu_seconds:.2f} s of CPU time; {_ending(outcome)}")
        text = symbolize(
            self._log(outcome),
            self.prepared.tree / "program",
            self.prepared.digest,
            sandbox=self.sandbox,
            cache=self.cache / "symbols",
        )
        frames = [frame for line in text.splitlines() if (frame := frame_line(line.strip()))]
        stack = tuple(_frame(f) for f in frames[:_MAX_FRAMES])
        inside = next((f for f in stack if f.origin is FrameOrigin.TARGET), None)
        where = f", in {inside.function} ({inside.file}:{inside.line})" if inside else ""
        return _Seen(
            fired=True,
            attributed=inside is not None,
            detail=f"still busy after {outcome.cpu_seconds:.1f} s of CPU time{where}",
            stack=stack,
        )

    def _log(self, outcome: Outcome) -> str:
        prefix = f"{_HIDDEN}/{self.token}/log."
        logs = sorted(path for path in outcome.files if path.startswith(prefix))
        return "\n".join(outcome.files[path].decode("utf-8", "replace") for path in logs)

    def record(self, side: Side, index: int, outcome: Outcome | None, seen: _Seen) -> RunRecord:
        return RunRecord(
            side=side,
            index=index,
            version=self.prepared.version,
            fired=seen.fired,
            attributed=seen.attributed,
            detail=seen.detail or seen.problem,
            stack=seen.stack,
            sanitizer=seen.report,
            exit=_ending(outcome) if outcome else "",
            wall_seconds=outcome.wall_seconds if outcome else 0.0,
            cpu_seconds=outcome.cpu_seconds if outcome else 0.0,
            max_rss_bytes=outcome.max_rss_bytes if outcome else 0,
            output_tail=_tail(outcome) if outcome else "",
            suspicion=seen.suspicion,
            problem=seen.problem,
            answers=_answers(outcome) if outcome else "",
        )


def _answers(outcome: Outcome) -> str:
    """Identify what the program put out and wrote beside itself, memory addresses blanked."""
    said = hashlib.sha256(_ADDRESS.sub(b"0x", outcome.stdout))
    for path in sorted(p for p in outcome.files if p.startswith("run/")):
        said.update(f"\0{path}\0".encode() + outcome.files[path])
    return said.hexdigest()


def _effect(happened: bool, words: str, *, asked: bool) -> _Seen:
    """An effect on the sandbox itself: only the target's own program ran there. `asked`: its
    command line named the thing, so nobody was deceived."""
    if not happened:
        return _Seen(detail=f"not seen: {words}")
    if asked:
        return _Seen(fired=True, detail=f"{words}, as the program's own command line asks")
    return _Seen(fired=True, attributed=True, detail=f"{words}, by the target's own program")


def _frame(frame: SanitizerFrame) -> StackFrame:
    file, origin = frame.file, FrameOrigin.RUNTIME
    if file.startswith(f"{SOURCE}/"):
        file, origin = file.removeprefix(f"{SOURCE}/"), FrameOrigin.TARGET
    elif file.startswith("/work/bundle/guard"):
        origin = FrameOrigin.HARNESS
    elif file.startswith("/work/bundle/"):
        file, origin = file.removeprefix("/work/bundle/"), FrameOrigin.PROOF
    elif file and not file.startswith("/"):
        origin = FrameOrigin.TARGET
    return StackFrame(
        function=frame.function or "?",
        file=_plain(file) or frame.module or "?",
        line=frame.line,
        origin=origin,
    )


def _plain(path: str) -> str:
    """Without "." and ".." parts, as far as that goes."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _did_not_start(outcome: Outcome) -> str:
    errors = outcome.stderr.decode("utf-8", "replace")
    if outcome.exit_code == 127 and "error while loading shared libraries" in errors:
        return f"the program did not start: {one_line(errors)}"
    if outcome.exit_code == 126 and "run: " in errors:
        return f"the program did not start: {one_line(errors)}"
    return ""


def _claims(outcome: Outcome) -> bool:
    """Whether the program's own output looks like a sanitizer report."""
    texts = (outcome.stdout, outcome.stderr, *outcome.files.values())
    return any(
        re.search(rb"(Address|Memory|Thread|Leak|UndefinedBehavior)Sanitizer", text)
        and parse_sanitizer(text.decode("utf-8", "replace")) is not None
        for text in texts
    )


def _ending(outcome: Outcome) -> str:
    if outcome.stopped_by:
        return f"stopped by the limit on {outcome.stopped_by}"
    return f"signal {outcome.signal}" if outcome.signal else f"exit code {outcome.exit_code}"


def _tail(outcome: Outcome) -> str:
    text = outcome.stdout[-_TAIL:] + outcome.stderr[-_TAIL:]
    return text.decode("utf-8", "replace")[-_TAIL:]


def _input_path(run: NativeRun, secrets: RunSecrets) -> str:
    return f"{secrets.work}/{run.inputs[0]}" if run.inputs else secrets.work


def _relative(path: str) -> str:
    return path.removeprefix("/work/")
