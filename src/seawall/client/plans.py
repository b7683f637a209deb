"""What `seawall apply` would do: changes of files, and what it refuses, each with its place."""

import difflib
import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One requirement raised. `version` is the fixed version that was chosen, `releases` are the
    ids of the releases that affected what was allowed before."""

    where: str
    package: str
    ecosystem: str
    before: str
    after: str
    version: str
    releases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Something affected that is left as it is, and why."""

    where: str
    package: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """A file of the project before and after; None where it is absent. `name` is its path below
    the project."""

    name: str
    before: bytes | None = field(repr=False)
    after: bytes | None = field(repr=False)

    def diff(self) -> str:
        """The change as a unified diff."""
        old, new = _lines(self.before), _lines(self.after)
        lines = difflib.unified_diff(
            old,
            new,
            fromfile=f"a/{self.name}" if self.before is not None else "/dev/null",
            tofile=f"b/{self.name}" if self.after is not None else "/dev/null",
        )
        return "".join(map(_ended, lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All of it. `notes` say what is left to do by hand once it is written."""

    project: Path
    rewrites: tuple[Rewrite, ...] = ()
    changes: tuple[Change, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()

    def diff(self) -> str:
        """Every change as one unified diff."""
        return "".join(rewrite.diff() for rewrite in self.rewrites)


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(data: bytes | None) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", (data or b"").decode("utf-8", "replace"))
