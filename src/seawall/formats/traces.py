"""Plain stack traces as data: Python, Node, Java, Go, Rust and gdb.

Given the same shape as a sanitizer's report, innermost frame first, so that a crash can be
compared whoever printed it. The text is hostile: read once, line by line, within limits.
"""

import re
from collections.abc import Callable, Iterator

from seawall.formats.stackframes import MAX_LINE, FrameList, frame_line
from seawall.vocab.sanitizers import SanitizerFrame, SanitizerReport, SanitizerStack

MAX_TEXT = 1 << 20
"""Characters read; what follows is ignored."""
MAX_LINES = 4 * FrameList.LIMIT
"""Lines of one trace."""
_TRIES = 16
"""Beginnings of a trace that may turn out to be none."""

_PYTHON_FRAME = re.compile(r'File "([^"]{1,1000})", line (\d{1,9})(?:, in (.{1,300}))?$')
_EXCEPTION = re.compile(r"([A-Za-z_][\w.]{0,200}(?:Error|Exception|Exit|Interrupt|Warning))(?::|$)")
_NODE_FRAME = re.compile(
    r"at (?:async )?(?:(.{1,300}?) \()?([^()\s][^()]{0,1000}?):(\d{1,9}):(\d{1,9})\)?$"
)
_JAVA_FRAME = re.compile(
    r"at ([\w.$<>/@-]{1,500})\(([\w$-]{1,200}\.\w{1,10})?:?(\d{1,9})?[\w ]{0,40}\)$"
)
_JAVA_HEAD = re.compile(
    r"(?:Exception in thread .{0,100}? |== Java Exception: |Caused by: )?([\w.$]{1,300})(?::|$)"
)
_GO_PLACE = re.compile(r"(/?[^\s:]{1,1000}\.go):(\d{1,9})(?: \+0x[0-9a-f]{1,16})?$")
_RUST_HEAD = re.compile(r"thread '.{0,200}?' (?:\(\d+\) )?panicked at (.{0,1000})")
_RUST_FRAME = re.compile(r"(\d{1,5}): (?:0x[0-9a-f]{1,16} - )?(\S.{0,1000})$")
_RUST_PLACE = re.compile(r"at (\S{1,1000}?):(\d{1,9})(?::(\d{1,9}))?$")


_Reader = Callable[[list[str], int], SanitizerReport | None]


def parse_trace(text: str) -> SanitizerReport | None:
    """Give the first stack trace in `text`, or None when there is none.

    `tool` says which runtime printed it ("python", "node", "java", "go", "rust", "gdb"), `kind`
    the exception type or "panic".
    """
    lines = [line[:MAX_LINE].strip() for line in text[:MAX_TEXT].split("\n")]
    tried = 0
    for number, line in enumerate(lines):
        reader = _reader(line, lines[number + 1] if number + 1 < len(lines) else "")
        if reader is None:
            continue
        if found := reader(lines[number : number + MAX_LINES], 0):
            return found
        tried += 1
        if tried == _TRIES:
            break
    return None


def _reader(line: str, following: str) -> _Reader | None:
    if line.startswith("Traceback (most recent call last)"):
        return _python
    if line.startswith(("panic: ", "fatal error: ", "goroutine ")):
        return _go
    if line.startswith("thread '") and "panicked at" in line:
        return _rust
    if following.startswith("at "):
        return _java if _JAVA_FRAME.match(following) else _node
    if line.startswith("#0 ") and "ERROR" not in line:
        return _gdb
    return None


def _python(lines: list[str], start: int) -> SanitizerReport | None:
    frames: list[SanitizerFrame] = []
    kind = ""
    for line in lines[start + 1 :]:
        if found := _PYTHON_FRAME.match(line):
            frames.append(_frame(len(frames), found[3] or "", found[1], found[2]))
        elif frames and (named := _EXCEPTION.match(line)):
            kind = named[1].rsplit(".", 1)[-1]
            break
    return _report("python", kind or "exception", list(reversed(frames[-FrameList.LIMIT :])))


def _node(lines: list[str], start: int) -> SanitizerReport | None:
    head = _EXCEPTION.search(lines[start][:500])
    frames: list[SanitizerFrame] = []
    for line in _while_at(lines, start):
        if found := _NODE_FRAME.match(line):
            file = found[2].removeprefix("file://")
            if not file.startswith("node:"):
                frames.append(_frame(len(frames), found[1] or "", file, found[3], found[4]))
    return _report("node", head[1] if head else "Error", frames)


def _java(lines: list[str], start: int) -> SanitizerReport | None:
    head = _JAVA_HEAD.match(lines[start])
    frames: list[SanitizerFrame] = []
    for line in _while_at(lines, start):
        if found := _JAVA_FRAME.match(line):
            name = found[1].rsplit("/", 1)[-1]
            frames.append(_frame(len(frames), name, found[2] or "", found[3] or "0"))
    return _report("java", head[1].rsplit(".", 1)[-1] if head else "exception", frames)


def _while_at(lines: list[str], start: int) -> Iterator[str]:
    for line in lines[start + 1 :][: FrameList.LIMIT]:
        if line.startswith("at "):
            yield line
        elif not line.startswith("..."):
            return


def _go(lines: list[str], start: int) -> SanitizerReport | None:
    frames: list[SanitizerFrame] = []
    function = ""
    for line in lines[start:]:
        if found := _GO_PLACE.match(line):
            if function and not function.startswith(("runtime.", "panic(")):
                frames.append(_frame(len(frames), function.split("(0x")[0], found[1], found[2]))
            if len(frames) == FrameList.LIMIT:
                break
        elif line.startswith("goroutine ") and frames:
            break
        function = line
    return _report("go", "panic", frames)


def _rust(lines: list[str], start: int) -> SanitizerReport | None:
    frames: list[SanitizerFrame] = []
    for line in lines[start + 1 :]:
        if found := _RUST_FRAME.match(line):
            frames.append(_frame(len(frames), found[2], "", "0"))
        elif frames and (place := _RUST_PLACE.match(line)):
            last = frames[-1]
            frames[-1] = _frame(last.index, last.function, place[1], place[2], place[3] or "0")
        if len(frames) == FrameList.LIMIT:
            break
    if not frames and (head := _RUST_HEAD.match(lines[start])):
        place = re.search(r"(\S{1,500}\.rs):(\d{1,9})", head[1])
        frames = [_frame(0, "", place[1], place[2])] if place else []
    return _report("rust", "panic", frames)


def _gdb(lines: list[str], start: int) -> SanitizerReport | None:
    frames: list[SanitizerFrame] = []
    for line in lines[start : start + FrameList.LIMIT]:
        if (found := frame_line(line.replace(") at ", ") "))) is None:
            break
        frames.append(found)
    return _report("gdb", "crash", frames)


def _frame(index: int, function: str, file: str, line: str, column: str = "0") -> SanitizerFrame:
    return SanitizerFrame(
        index=index, function=function, file=file, line=int(line), column=int(column)
    )


def _report(tool: str, kind: str, frames: list[SanitizerFrame]) -> SanitizerReport | None:
    if not frames:
        return None
    return SanitizerReport(
        tool=tool, kind=kind, stacks=(SanitizerStack(title="", frames=tuple(frames)),)
    )
