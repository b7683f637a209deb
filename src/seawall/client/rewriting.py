"""Writing a plan into a project, all of it or nothing, and taking it back.

What was there is copied first, beside a journal of what will be there. A process killed in the
middle leaves the journal, and `undo` takes back what was written. A file that somebody else
changed meanwhile is never touched.
"""

import hashlib
import json
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seawall.client.files import write_atomically
from seawall.client.plans import Rewrite
from seawall.vocab.errors import BadInput

_JOURNAL = "journal.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A plan that was written: where its copies and journal lie, and what it was about."""

    folder: Path
    project: Path
    files: tuple[str, ...]
    releases: tuple[str, ...]
    at: datetime


class ChangedMeanwhile(BadInput):
    """A file is not as it was when it was planned, or written; nothing was touched."""


def write(
    backups: Path,
    project: Path,
    rewrites: Sequence[Rewrite],
    *,
    releases: Sequence[str],
    now: datetime,
) -> Applied:
    """Write `rewrites` into `project`, with copies in a new folder below `backups`.

    Raises ChangedMeanwhile or BadInput before anything is written; when writing itself fails,
    what was written is taken back and the error rises.
    """
    project = project.resolve()
    for each in rewrites:
        if read_file(project, each.name) != each.before:
            raise ChangedMeanwhile(f"{each.name} was changed meanwhile; nothing was written")
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    folder = backups / f"{stamp}-{secrets.token_hex(3)}"
    folder.mkdir(parents=True, mode=0o700)
    for number, each in enumerate(rewrites):
        if each.before is not None:
            write_atomically(folder / f"{number}.before", each.before, mode=0o600)
    journal = {
        "project": str(project),
        "at": now.astimezone(UTC).isoformat(),
        "releases": list(releases),
        "files": [
            {"name": each.name, "before": _digest(each.before), "after": _digest(each.after)}
            for each in rewrites
        ],
    }
    write_atomically(folder / _JOURNAL, json.dumps(journal, indent=1).encode(), mode=0o600)
    try:
        for each in rewrites:
            _put(project, each.name, each.after)
    except BaseException:
        _take_back(folder, journal)
        raise
    return _applied(folder, journal)


def last_applied(backups: Path, project: Path) -> Applied | None:
    """What was written last into `project` and not taken back."""
    project = project.resolve()
    for folder in sorted(backups.glob("*/"), reverse=True):
        journal = _journal(folder)
        if journal is not None and journal["project"] == str(project):
            return _applied(folder, journal)
    return None


def undo(applied: Applied) -> None:
    """Put everything back as it was. Raises ChangedMeanwhile when a file was changed since."""
    journal = _journal(applied.folder)
    if journal is None:
        raise BadInput(f"{applied.folder} holds no journal")
    for each in journal["files"]:
        found = _digest(read_file(applied.project, each["name"]))
        if found not in (each["before"], each["after"]):
            raise ChangedMeanwhile(f"{each['name']} was changed since; nothing was taken back")
    _take_back(applied.folder, journal)


def read_file(project: Path, name: str) -> bytes | None:
    """A regular file below `project`, None when it is absent. Raises BadInput when a link stands
    on the way to it or it is something else."""
    path = project
    for part in Path(name).parts:
        path = path / part
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            raise BadInput(f"{name}: a file stands where a folder is meant") from None
        if stat.S_ISLNK(mode):
            raise BadInput(f"{name}: a link stands on the way to it; nothing is written through it")
    if not stat.S_ISREG(mode):
        raise BadInput(f"{name} is no file")
    return path.read_bytes()


def _take_back(folder: Path, journal: dict[str, Any]) -> None:
    project = Path(journal["project"])
    for number, each in enumerate(journal["files"]):
        if _digest(read_file(project, each["name"])) == each["after"] != each["before"]:
            copy = folder / f"{number}.before"
            _put(project, each["name"], copy.read_bytes() if each["before"] else None)
    (folder / _JOURNAL).rename(folder / "taken-back.json")


def _put(project: Path, name: str, data: bytes | None) -> None:
    """Give a file its new content, its mode kept; remove it for None."""
    path = project / name
    if data is None:
        path.unlink()
        return
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, data, mode=mode)


def _journal(folder: Path) -> dict[str, Any] | None:
    try:
        read: dict[str, Any] = json.loads((folder / _JOURNAL).read_text())
    except FileNotFoundError:
        return None
    return read


def _applied(folder: Path, journal: dict[str, Any]) -> Applied:
    return Applied(
        folder=folder,
        project=Path(journal["project"]),
        files=tuple(each["name"] for each in journal["files"]),
        releases=tuple(journal["releases"]),
        at=datetime.fromisoformat(journal["at"]),
    )


def _digest(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()
