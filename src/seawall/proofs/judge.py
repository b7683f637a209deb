"""From one replay as observed to its run record: did the oracle fire, and inside whose code?"""

import hashlib
import json
import re

from seawall.proofs.observation import Message, Observation
from seawall.proofs.reproducer import Oracle
from seawall.sandbox.protocol import Outcome
from seawall.vocab.errors import one_line
from seawall.vocab.evidence import FrameOrigin, OracleKind, RunRecord, Side, StackFrame

ALL_RAN = "all steps ran to their end"
HANG_MARGIN = 0.5
"""On every side but the affected one, this share of the CPU limit already counts as a hang, so
that silence is clearly silent."""

_ADDRESS = re.compile(r"0x[0-9a-f]+")
_SINKS = {
    OracleKind.COMMAND: "command",
    OracleKind.FILE_WRITE: "file-write",
    OracleKind.FILE_READ: "file-read",
    OracleKind.CALLBACK: "callback",
    OracleKind.PROTOTYPE: "prototype",
}


def judge(
    seen: Observation, *, oracle: Oracle, side: Side, index: int, version: str, outcome: Outcome
) -> RunRecord:
    """Give the record of one run."""
    fired = _fired(seen, oracle, side)
    stack = _stack(seen, oracle)
    void = _void(seen)
    problem = seen.problem or _unloaded(seen) or _checker_failed(seen)
    if not problem and not fired and side is not Side.AFFECTED:
        problem = void
    if not problem and not fired and side is Side.CONTROL:
        problem = _unfinished(seen)
    return RunRecord(
        side=side,
        index=index,
        version=version,
        fired=fired and not problem,
        attributed=fired and crosses_target(stack),
        detail=_detail(seen, oracle, fired, void),
        stack=stack,
        exit=seen.exit,
        wall_seconds=outcome.wall_seconds,
        cpu_seconds=seen.cpu_seconds or outcome.cpu_seconds,
        max_rss_bytes=outcome.max_rss_bytes,
        output_tail=seen.output_tail,
        suspicion=_suspicion(seen),
        problem=problem,
        answers=_answers(seen),
        refused=_refused(seen),
    )


def crosses_target(stack: tuple[StackFrame, ...]) -> bool:
    """Whether a frame of the target lies between the harness and the effect.

    No code of a reporter runs in the process, so what entered the target was a step; a stack
    that begins in code of unknown origin is not trusted.
    """
    entered = [f for f in stack if f.origin is not FrameOrigin.HARNESS]
    return any(f.origin is FrameOrigin.TARGET for f in entered)


def _fired(seen: Observation, oracle: Oracle, side: Side) -> bool:
    match oracle.kind:
        case OracleKind.COMMAND:
            return seen.command_ran
        case OracleKind.FILE_WRITE:
            return seen.canary_written
        case OracleKind.FILE_READ:
            return seen.secret_seen
        case OracleKind.CALLBACK:
            return seen.called_back
        case OracleKind.PROTOTYPE:
            return bool(seen.of("polluted"))
        case OracleKind.EXCEPTION:
            return _escaped(seen, oracle) is not None
        case OracleKind.HANG:
            if side is Side.AFFECTED:
                return seen.hung and (seen.hung_in_target or crosses_target(seen.dump))
            return seen.hung or seen.cpu_seconds >= HANG_MARGIN * oracle.cpu_seconds
        case OracleKind.CHECK:
            return seen.checker is not None and seen.checker.get("fired") is True
    return False


def _escaped(seen: Observation, oracle: Oracle) -> Message | None:
    raised = (
        m for m in seen.of("raised") if oracle.type in m.names and not m.unfit and not m.outside
    )
    return next(raised, None)


def _stack(seen: Observation, oracle: Oracle) -> tuple[StackFrame, ...]:
    """Give the stack of the effect, one that crosses the target if there are several."""
    stacks: list[tuple[StackFrame, ...]] = []
    match oracle.kind:
        case OracleKind.EXCEPTION:
            escaped = _escaped(seen, oracle)
            stacks = [escaped.stack] if escaped else []
        case OracleKind.HANG:
            stacks = [seen.dump]
        case OracleKind.CHECK:
            step = seen.checker.get("step", -1) if seen.checker else -1
            stacks = [m.stack for m in seen.of("value") if m.step == step]
        case _:
            sink = _SINKS.get(oracle.kind, "")
            stacks = [m.stack for m in seen.of("sink") if m.sink == sink]
    return next((s for s in stacks if crosses_target(s)), stacks[0] if stacks else ())


def _void(seen: Observation) -> str:
    """Say why a silent run says nothing about the target; empty when it does."""
    for message in seen.of("missing"):
        return f"step {message.step + 1} does not exist there ({message.why})"
    for message in seen.of("raised"):
        if message.unfit:
            return f"step {message.step + 1} does not fit there ({message.why})"
    if seen.stopped_by and not seen.hung:
        return f"the run was stopped at its {seen.stopped_by} time limit"
    if seen.exit.startswith("signal"):
        return f"the target's process died ({seen.exit})"
    if seen.began and not seen.of("done"):
        return f"the target ended its process before the steps were through ({seen.exit})"
    return ""


def _unfinished(seen: Observation) -> str:
    """Say why a control was no benign use; empty when it ran to its end."""
    for message in seen.of("raised"):
        return f"step {message.step + 1} of the control ended with an exception ({message.why})"
    return ""


def _unloaded(seen: Observation) -> str:
    if seen.problem or seen.began:
        return ""
    tail = seen.output_tail.strip().splitlines()
    return f"the target could not be loaded ({one_line(tail[-1]) if tail else seen.exit})"


def _checker_failed(seen: Observation) -> str:
    return str(seen.checker["error"]) if seen.checker and "error" in seen.checker else ""


def _answers(seen: Observation) -> str:
    values = json.dumps([m.value for m in seen.of("value")], sort_keys=True)
    return hashlib.sha256(_ADDRESS.sub("0x", values).encode()).hexdigest()


def _suspicion(seen: Observation) -> str:
    if seen.foreign_lines:
        return (
            "something in the observed process wrote into the harness's own channel "
            f"({seen.foreign_lines} lines without the run's key)"
        )
    return ""


def _refused(seen: Observation) -> str:
    for message in seen.of("refused"):
        return f"step {message.step + 1}: {message.why}"
    return ""


def _detail(seen: Observation, oracle: Oracle, fired: bool, void: str) -> str:
    if fired:
        return _effect(seen, oracle)
    if void:
        return void
    if seen.problem:
        return ""
    last = seen.of("raised")[-1:]
    for message in last:
        name = one_line(message.names[1]) if len(message.names) > 1 else "an exception"
        return f"step {message.step + 1} ended with {name}: {message.why}"
    return ALL_RAN


def _effect(seen: Observation, oracle: Oracle) -> str:
    match oracle.kind:
        case OracleKind.EXCEPTION:
            escaped = _escaped(seen, oracle)
            return f"step {escaped.step + 1} raised {oracle.type}" if escaped else ""
        case OracleKind.HANG:
            return (
                f"{seen.cpu_seconds:.1f} s of CPU time against a limit of {oracle.cpu_seconds:g} s"
            )
        case OracleKind.CHECK:
            return one_line(str(seen.checker.get("detail", ""))) if seen.checker else ""
        case OracleKind.PROTOTYPE:
            change = seen.of("polluted")[0]
            return f"step {change.step + 1} changed {change.why}"
    sink = next(iter(seen.of("sink")), None)
    return f"seen in step {sink.step + 1}" if sink else "seen after the steps"
