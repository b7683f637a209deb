"""Unified diffs, read and applied strictly: every context line must be there, at one place only.

No fuzz, no renames, no binary patches; paths stay below the folder. All files are computed in
memory before any is written, so that a diff that fits only half changes nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from seawall.client.plans import Rewrite
from seawall.vocab.errors import BadInput

MAX_BYTES = 16 << 20
_MAX_FILES = 2_000
_HUNK = re.compile(rb"@@ -([0-9]{1,9})(?:,([0-9]{1,9}))? \+([0-9]{1,9})(?:,([0-9]{1,9}))? @@")
_REFUSED = (
    (b"GIT binary patch", "a binary patch"),
    (b"Binary files ", "a binary patch"),
    (b"rename from ", "a rename"),
    (b"copy from ", "a copy"),
    (b"old mode ", "a change of a file's mode"),
)
_NO_NEWLINE = b"\\"
_NOWHERE = "/dev/null"

Read = Callable[[str], bytes | None]
"""The bytes of a file by its name below the folder; None when it is absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """Lines before and after, with their line ends; `start` is the line it says it begins at."""

    start: int
    before: tuple[bytes, ...]
    after: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """The change of one file; `old` or `new` is "" when it is made or removed."""

    old: str
    new: str
    hunks: tuple[Hunk, ...]


def read_diff(data: bytes) -> tuple[FileDiff, ...]:
    """Read a unified diff; what stands around it (a mail, git's headers) is passed over. Raises
    BadInput for what is not applied here."""
    if len(data) > MAX_BYTES:
        raise BadInput(f"a patch takes at most {MAX_BYTES >> 20} MiB")
    lines = re.findall(rb"[^\n]*\n|[^\n]+", data)
    files: list[FileDiff] = []
    at = 0
    while at < len(lines):
        _refuse_foreign(lines[at])
        if lines[at].startswith(b"--- ") and _next_is(lines, at + 1, b"+++ "):
            made, at = _read_file(lines, at)
            files.append(made)
        else:
            at += 1
    if not files:
        raise BadInput("there is no unified diff in this patch")
    if len(files) > _MAX_FILES:
        raise BadInput(f"a patch changes at most {_MAX_FILES} files")
    return tuple(files)


def apply_diff(data: bytes, read: Read) -> tuple[Rewrite, ...]:
    """What the diff makes of the files that `read` gives. Names as git writes them are taken
    without a/ and b/, others as they stand or else without their first part. Raises BadInput
    when it does not fit."""
    files = read_diff(data)
    first: BadInput | None = None
    for strip in (1,) if all(map(_is_of_git, files)) else (0, 1):
        try:
            return _rewrites(files, read, strip)
        except BadInput as bad:
            first = first or bad
    raise first or BadInput("the patch does not fit")


def _is_of_git(file: FileDiff) -> bool:
    return (not file.old or file.old.startswith("a/")) and (
        not file.new or file.new.startswith("b/")
    )


def _rewrites(files: tuple[FileDiff, ...], read: Read, strip: int) -> tuple[Rewrite, ...]:
    made: dict[str, Rewrite] = {}
    for each in files:
        old, new = _name(each.old, strip), _name(each.new, strip)
        if old and new and old != new:
            raise BadInput(f"{old} becomes {new}: a rename is not applied here")
        name = old or new
        if name in made:
            raise BadInput(f"{name} is changed twice")
        before = read(name)
        if (before is None) != (not old):
            there = "there already" if before is not None else "not there"
            raise BadInput(f"{name} is {there}, so that the patch does not fit")
        after = _patched(before or b"", each.hunks, name)
        if not new and after:
            raise BadInput(f"{name} is to be removed, but holds more than the patch knows")
        made[name] = Rewrite(name=name, before=before, after=after if new else None)
    return tuple(made.values())


def _patched(before: bytes, hunks: tuple[Hunk, ...], name: str) -> bytes:
    lines = re.findall(rb"[^\n]*\n|[^\n]+", before)
    made: list[bytes] = []
    taken = shift = 0
    for number, hunk in enumerate(hunks, 1):
        at = _place(lines, hunk, taken, shift, f"{name}, hunk {number}")
        made += lines[taken:at]
        made += hunk.after
        taken = at + len(hunk.before)
        shift = at - (hunk.start - 1 if hunk.before else hunk.start)
    return b"".join(made + lines[taken:])


def _place(lines: list[bytes], hunk: Hunk, taken: int, shift: int, where: str) -> int:
    """Where a hunk fits: where it says, moved as those before it, or else the one place after
    them where all its lines stand."""
    stated = hunk.start - 1 + shift if hunk.before else hunk.start + shift
    if taken <= stated and _stands(lines, hunk, stated):
        return stated
    if not hunk.before:
        raise BadInput("there is nothing to fit it to", where=where)
    last = len(lines) - len(hunk.before)
    found = [at for at in range(taken, last + 1) if _stands(lines, hunk, at)]
    if len(found) != 1:
        why = "its lines are not there" if not found else "its lines stand at several places"
        raise BadInput(why, where=where)
    return found[0]


def _stands(lines: list[bytes], hunk: Hunk, at: int) -> bool:
    end = at + len(hunk.before)
    return end <= len(lines) and tuple(lines[at:end]) == hunk.before


def _read_file(lines: list[bytes], at: int) -> tuple[FileDiff, int]:
    old, new = _header(lines[at]), _header(lines[at + 1])
    at += 2
    hunks = []
    while at < len(lines) and (found := _HUNK.match(lines[at])):
        hunk, at = _read_hunk(lines, at + 1, found)
        hunks.append(hunk)
    if not hunks:
        raise BadInput(f"{new or old} has no hunks")
    if not old and not new:
        raise BadInput("a change of no file")
    return FileDiff(old=old, new=new, hunks=tuple(hunks)), at


def _read_hunk(lines: list[bytes], at: int, head: re.Match[bytes]) -> tuple[Hunk, int]:
    start = int(head[1])
    old, new = (int(n) if n is not None else 1 for n in (head[2], head[4]))
    before: list[bytes] = []
    after: list[bytes] = []
    while at < len(lines) and (len(before) < old or len(after) < new):
        kind, line = lines[at][:1], lines[at][1:]
        if kind == _NO_NEWLINE:
            raise BadInput("a hunk says too early that its file ends")
        if kind in (b"\n", b"\r"):  # a mail program took the space of an empty line
            kind, line = b" ", lines[at]
        if kind not in (b" ", b"-", b"+"):
            break
        if _next_is(lines, at + 1, _NO_NEWLINE):
            line = line.removesuffix(b"\n")
            at += 1
        if kind != b"+":
            before.append(line)
        if kind != b"-":
            after.append(line)
        at += 1
    if (len(before), len(after)) != (old, new):
        raise BadInput("a hunk does not have the lines that it says")
    return Hunk(start=start, before=tuple(before), after=tuple(after)), at


def _header(line: bytes) -> str:
    """The name in a --- or +++ line, "" for /dev/null."""
    try:
        name = line[4:].decode().rstrip("\r\n").partition("\t")[0].rstrip()
    except UnicodeDecodeError:
        raise BadInput("the name of a file is no UTF-8") from None
    if name.startswith('"'):
        raise BadInput(f"a name in quotes is not read here: {name}")
    return "" if name == _NOWHERE else name


def _name(name: str, strip: int) -> str:
    """A name below the folder, its first `strip` parts taken off; raises BadInput for others."""
    if not name:
        return ""
    path = PurePosixPath(name)
    parts = path.parts[strip:]
    plain = name == "/".join(path.parts) and name.isprintable() and "\\" not in name
    if not plain or not parts or ".." in parts or ".git" in parts:
        raise BadInput(f"{name} is no name of a file below the folder")
    return "/".join(parts)


def _next_is(lines: list[bytes], at: int, start: bytes) -> bool:
    return at < len(lines) and lines[at].startswith(start)


def _refuse_foreign(line: bytes) -> None:
    for start, what in _REFUSED:
        if line.startswith(start):
            raise BadInput(f"{what} is not applied here")
