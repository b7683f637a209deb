"""What the watcher reported of one replay, read as hostile data: limits, types, the run's key."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seawall.sandbox.protocol import Outcome
from seawall.vocab.errors import one_line
from seawall.vocab.evidence import FrameOrigin, StackFrame

MAX_LINES = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Roots:
    """Where the parts of a run lie in the sandbox, to say whose code a file is."""

    target: str
    deps: str
    harness: str = "/harness"
    library: tuple[str, ...] = ()
    """Folders of the runtime's own library."""

    def shorten(self, file: str) -> str:
        """Give `file` relative to its root."""
        for root in (self.target, self.deps, self.harness, *self.library):
            if file.startswith(f"{root}/"):
                return file[len(root) + 1 :]
        return file

    def origin(self, file: str) -> FrameOrigin:
        """Say whose a file is by its path alone."""
        if file.startswith("node:"):
            return FrameOrigin.RUNTIME
        if file.startswith(f"{self.target}/node_modules/"):
            return FrameOrigin.DEPENDENCY
        pairs = [(self.target, FrameOrigin.TARGET), (self.deps, FrameOrigin.DEPENDENCY)]
        pairs += [(self.harness, FrameOrigin.HARNESS)]
        pairs += [(root, FrameOrigin.RUNTIME) for root in self.library]
        return next((o for root, o in pairs if file.startswith(f"{root}/")), FrameOrigin.DYNAMIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of the replay: `kind` is sink, value, raised, refused, missing, done, …"""

    kind: str
    step: int
    sink: str = ""
    why: str = ""
    names: tuple[str, ...] = ()
    unfit: bool = False
    outside: bool = False
    """Raised by the harness or by plain data, with no code of the target on the way."""
    value: Any = None
    stack: tuple[StackFrame, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One replay as it was seen. `problem` is set when the report could not be used."""

    messages: tuple[Message, ...] = ()
    foreign_lines: int = 0
    """Lines on the harness's channel that do not carry the run's key."""
    began: bool = False
    command_ran: bool = False
    canary_written: bool = False
    secret_seen: bool = False
    called_back: bool = False
    hung: bool = False
    hung_in_target: bool = False
    """The step that took too long had called the target."""
    checker: Mapping[str, Any] | None = None
    dump: tuple[StackFrame, ...] = ()
    cpu_seconds: float = 0.0
    stopped_by: str = ""
    exit: str = ""
    output_tail: str = ""
    problem: str = ""

    def of(self, kind: str) -> tuple[Message, ...]:
        return tuple(m for m in self.messages if m.kind == kind)


def read_observation(outcome: Outcome, *, key: str, roots: Roots) -> Observation:
    """Read the watcher's report out of a sandbox outcome; never raises."""
    try:
        report = json.loads(outcome.stdout)
        return _observation(report, key, roots)
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
        return Observation(problem=_lost(outcome), exit=_exit(outcome))


def _observation(report: Any, key: str, roots: Roots) -> Observation:
    full = bool(report["channel_full"])
    messages, foreign = _channel(report["channel"], key, roots)
    check = report.get("check")
    return Observation(
        messages=messages,
        foreign_lines=foreign,
        began=report["began"] is True,
        command_ran=report["command_ran"] is True,
        canary_written=report["canary_written"] is True,
        secret_seen=report["secret_seen"] is True,
        called_back=report["called_back"] is True,
        hung=report["hung"] is True,
        hung_in_target=report["hung_in_target"] is True,
        checker=dict(check) if check is not None else None,
        dump=_dump(str(report["dumps"]), roots),
        cpu_seconds=float(report["cpu_seconds"]),
        stopped_by=str(report["stopped_by"])[:20],
        exit=_child_exit(report),
        output_tail=str(report["output_tail"])[-4000:],
        problem="the steps gave back more than the report can hold" if full else "",
    )


def _channel(text: str, key: str, roots: Roots) -> tuple[tuple[Message, ...], int]:
    lines = str(text).split("\n")
    lines.pop()  # after the last newline: nothing, or a line cut off when the process was killed
    messages, foreign = [], 0
    for line in lines[:MAX_LINES]:
        try:
            data = json.loads(line)
            own = isinstance(data, dict) and data.get("k") == key
        except (ValueError, RecursionError):
            own = False
        if own:
            messages.append(_message(data, roots))
        else:
            foreign += 1
    return tuple(messages), foreign


def _message(data: dict[str, Any], roots: Roots) -> Message:
    return Message(
        kind=str(data["t"]),
        step=int(data.get("step", -1)),
        sink=str(data.get("sink", "")),
        why=one_line(str(data.get("why") or data.get("text") or "")),
        names=tuple(str(n)[:200] for n in data.get("names", ())[:20]),
        unfit=data.get("unfit") is True,
        outside=data.get("outside") is True,
        value=data.get("value"),
        stack=tuple(_frames(data.get("stack") or [data.get("owner")], roots)),
    )


def _frames(rows: Any, roots: Roots) -> Iterator[StackFrame]:
    for row in rows[:100]:
        if row:
            function, file, line, origin = row
            yield StackFrame(
                function=one_line(str(function), limit=120),
                file=one_line(roots.shorten(str(file)), limit=200),
                line=int(line),
                origin=FrameOrigin(origin),
            )


def _dump(text: str, roots: Roots) -> tuple[StackFrame, ...]:
    """Read the last whole stack that was dumped: lines 'File "x", line 1 in f' of faulthandler,
    or one JSON array of frames."""
    stacks: list[list[StackFrame]] = []
    for line in text.splitlines()[:20_000]:
        line = line.strip()
        if line.startswith("["):
            rows = [[*row[:3], roots.origin(str(row[1])).value] for row in json.loads(line)]
            stacks.append(list(_frames(rows, roots)))
        elif line.endswith(":") or not stacks:
            stacks.append([])
        if line.startswith('File "') and '", line ' in line:
            file, _, rest = line[6:].partition('", line ')
            number, _, function = rest.partition(" in ")
            stacks[-1].append(
                StackFrame(
                    function=one_line(function, limit=120),
                    file=one_line(roots.shorten(file), limit=200),
                    line=int(number) if number.isdecimal() else 0,
                    origin=roots.origin(file),
                )
            )
    best: list[StackFrame] = max(stacks, key=_target_frames, default=[])
    return tuple(best[:100])


def _target_frames(stack: list[StackFrame]) -> int:
    return sum(f.origin is FrameOrigin.TARGET for f in stack)


def _child_exit(report: Mapping[str, Any]) -> str:
    if report["stopped_by"]:
        return f"stopped: {str(report['stopped_by'])[:20]}"
    if report["signal"] is not None:
        return f"signal {int(report['signal'])}"
    return f"exit {int(report['exit_code'])}"


def _exit(outcome: Outcome) -> str:
    if outcome.stopped_by:
        return f"stopped: {outcome.stopped_by}"
    if outcome.signal is not None:
        return f"signal {outcome.signal}"
    return f"exit {outcome.exit_code}"


def _lost(outcome: Outcome) -> str:
    """Say why there is no report."""
    if outcome.stopped_by:
        return f"the sandbox ended the run at its {outcome.stopped_by} limit"
    if outcome.stdout_dropped:
        return "the run's report was too large"
    return f"the harness was ended before it could report ({_exit(outcome)})"
