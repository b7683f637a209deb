"""The sanitizer report or stack trace in a longer text, cut out as it was printed."""

import re

_START = re.compile(
    r"(?:=+\s*)?==\d+==\s?(?:ERROR|WARNING)|WARNING: ThreadSanitizer|.{0,300}: runtime error: "
    r"|Traceback \(most recent call last\):|panic: |thread '.{1,100}' panicked at"
    r"|Exception in thread |(?:Uncaught )?[A-Z]\w{0,60}(?:Error|Exception)(?:: |$)"
    r"|Program received signal"
)
_FRAME = re.compile(
    r"\s*(?:#\d{1,4}\s|at\s\S|File \"|\.{3}\s?\d+ more|goroutine \d|Caused by: |\d{1,4}: \S)"
)
_MORE = re.compile(
    r"==\d+==|\s*(?:SUMMARY: |READ of size|WRITE of size|0x[0-9a-fA-F]+ is located|freed by|"
    r"previously allocated by|allocated by|Shadow bytes|=>?\s?0x|0x[0-9a-fA-F]+:|Hint: |"
    r"AddressSanitizer can not|Direct leak|Indirect leak|Uninitialized value|During handling|"
    r"The above exception|Traceback \(most)"
)
_PYTHON_END = re.compile(r"[A-Za-z_][\w.]{0,120}(?::\s|$)")
MAX_LINES = 2000
_MAX_LINE = 1000
_GAP = 3
"""Lines that are no part of a report may stand between two that are."""


def crash_text(text: str) -> str:
    """The first sanitizer report or stack trace in `text`, "" when there is none.

    It begins with a line that announces one and goes on as long as frames or a sanitizer's own
    lines follow; a lone announcement without any such line is prose and no crash.
    """
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        if _START.match(_bare(lines[at])):
            end, frames = _extent(lines, at)
            if frames:
                return "\n".join(lines[at:end])
            at = max(end, at + 1)
        else:
            at += 1
    return ""


def _extent(lines: list[str], start: int) -> tuple[int, int]:
    """(line after the last one, number of lines that prove it a crash)."""
    python = lines[start].lstrip(" >").startswith("Traceback")
    last, frames = start, 0
    sealed = bool(re.search(r": runtime error: ", lines[start][:_MAX_LINE]))
    for at in range(start + 1, min(len(lines), start + MAX_LINES)):
        line = _bare(lines[at])
        if _FRAME.match(line) or _MORE.match(line):
            frames += 1
            last = at
        elif python and frames and not line.startswith(" ") and _PYTHON_END.match(line):
            return at + 1, frames
        elif at - last > _GAP:
            break
    return last + 1, frames + sealed


def _bare(line: str) -> str:
    """A line without quotation marks of mail, cut to a bounded length."""
    return (
        line[:_MAX_LINE].lstrip(">").removeprefix(" ") if line.startswith(">") else line[:_MAX_LINE]
    )
