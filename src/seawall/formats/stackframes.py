"""Lines of symbolised stacks, as the sanitizer runtimes and gdb print them, as frames."""

import re
from functools import lru_cache

from seawall.vocab.sanitizers import SanitizerFrame

MAX_LINE = 4000
"""Characters of one line that are read."""


class FrameList:
    """Limits on a list of frames."""

    LIMIT = 256


_COMMON = re.compile(
    r"#(\d{1,6}) +(?:(0x[0-9a-fA-F]{1,16}) +(?:in +)?)?(?!in )([^\s()<>]+) ((?:/|\.\./)[^\s:()]+)"
    r"(?::(\d{1,9}))?(?::(\d{1,9}))?$"
)
_START = re.compile(r"#(\d{1,6}) +(?:(0x[0-9a-fA-F]{1,16})(?: +|$))?(?:in +)?")
_MODULE = re.compile(r"\(([^()\s]*)\+0x([0-9a-fA-F]{1,16})\)$")
_PLACE = re.compile(r"(?::(\d{1,9}))?(?::(\d{1,9}))?$")


def frame_line(bare: str) -> SanitizerFrame | None:
    """Read one frame line without its indentation, or None when it is none.

    Understands `#1 0x… in f(int) /a b.cc:1:2`, `#1 0x… (/bin+0x12) (BuildId: …)`,
    `#1 f file.c:3 (bin+0x12)`, `#1 f <null> (bin+0x12)`.
    """
    if common := _COMMON.match(bare):
        index, address, function, file, line, column = common.groups()
        return SanitizerFrame(
            index=int(index),
            function=function,
            file=file,
            line=int(line or 0),
            column=int(column or 0),
            address=address or "",
        )
    start = _START.match(bare)
    if start is None:
        return None
    index, address = int(start[1]), start[2] or ""
    function, file, line, column, module = _parts(bare[start.end() :])
    if not (function or file or module or address):
        return None
    return SanitizerFrame(
        index=index,
        function=function,
        file=file,
        line=line,
        column=column,
        module=module,
        address=address,
    )


@lru_cache(maxsize=4096)
def _parts(rest: str) -> tuple[str, str, int, int, str]:
    """(function, file, line, column, module) of what follows the address."""
    rest = rest.rstrip()
    if rest.endswith(")") and (at := rest.rfind("(BuildId: ")) >= 0:
        rest = rest[:at].rstrip()
    module = ""
    if rest.endswith(")") and (found := _MODULE.search(rest, max(0, rest.rfind("(")))):
        module, rest = found[1], rest[: found.start()].rstrip()
    function, place = _split(rest)
    if place in ("<null>", "??:0", "??", "??:0:0", "??:?"):
        place = ""
    spot = _PLACE.search(place, max(0, len(place) - 22))
    if spot is None or not place:
        return function, place, 0, 0, module
    return function, place[: spot.start()], int(spot[1] or 0), int(spot[2] or 0), module


def _split(rest: str) -> tuple[str, str]:
    """Split "function place"; both may contain spaces, only the function has brackets."""
    depth = last = 0
    spaces: list[int] = []
    for at, c in enumerate(rest):
        if c in "([{<":
            depth += 1
        elif c in ")]}>":
            depth = max(0, depth - 1)
        elif c == " " and depth == 0:
            if rest[at + 1 : at + 2] == "/" or rest[at + 2 : at + 4] in (":\\", ":/"):
                return rest[:at], rest[at + 1 :]
            spaces.append(at)
    last = spaces[-1] if spaces else -1
    tail = rest[last + 1 :]
    if tail in ("<null>", "??:0", "??:?") or (_file_like(tail) and last >= 0):
        return rest[: max(0, last)], tail
    return rest, ""


def _file_like(word: str) -> bool:
    return (
        "(" not in word
        and "<" not in word
        and ("." in word.strip(".") or ":" in word[1:])
        and ("::" not in word)
    )
