"""What `seawall match` keeps of a session: one file that only its owner can read.

It holds the secrets of the session until the result is known, and then the result alone.
"""

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from seawall.core.plain import NotThisType, from_plain, to_plain
from seawall.dedup.private_match import Hand, Side
from seawall.dedup.private_terms import Family, Term
from seawall.vocab.errors import BadInput

FORM = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """One of one's own findings that the other side holds too."""

    finding: str
    title: str
    families: tuple[Family, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A session on this side; `hand` is None once the result is known."""

    server: str
    id: str
    other: str
    at_most: int
    commitment: str
    titles: dict[str, str] = field(default_factory=dict, repr=False)
    hand: Hand | None = field(default=None, repr=False)
    theirs: bytes = field(default=b"", repr=False)
    sealed: bytes = field(default=b"", repr=False)
    result: tuple[Matched, ...] | None = None

    def done(self, result: tuple[Matched, ...]) -> "Kept":
        """The same with its result and without its secrets."""
        return replace(self, result=result, hand=None, theirs=b"", sealed=b"", titles={})


def default_folder() -> Path:
    """Where sessions are kept: SEAWALL_MATCH_HOME, else the user's state folder."""
    if named := os.environ.get("SEAWALL_MATCH_HOME"):
        return Path(named)
    base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "seawall" / "matches"


def save(folder: Path, kept: Kept) -> Path:
    """Write a session, whole or not at all, for its owner's eyes only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _path(folder, kept.server, kept.id)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(_to_json(kept), file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    return path


def load(folder: Path, *, server: str, id: str) -> Kept:
    """Read a session; BadInput when there is none of that id on this machine."""
    path = _path(folder, server, id)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(
            f"there is no session {id} with {server} on this machine",
            mend="start or join it here first; SEAWALL_MATCH_HOME names the folder",
        ) from None
    return _read(text, path)


def load_all(folder: Path) -> list[Kept]:
    """All sessions on this machine, by name."""
    return [_read(path.read_text(encoding="utf-8"), path) for path in sorted(folder.glob("*.json"))]


def _path(folder: Path, server: str, id: str) -> Path:
    place = hashlib.sha256(server.rstrip("/").lower().encode()).hexdigest()[:12]
    safe = "".join(c for c in id.upper() if c.isalnum() or c == "-")
    return folder / f"{safe}.{place}.json"


def _to_json(kept: Kept) -> dict[str, Any]:
    hand = kept.hand
    return {
        "seawall_match": FORM,
        "server": kept.server,
        "id": kept.id,
        "other": kept.other,
        "at_most": kept.at_most,
        "commitment": kept.commitment,
        "titles": kept.titles,
        "theirs": _b64(kept.theirs),
        "sealed": _b64(kept.sealed),
        "result": None if kept.result is None else to_plain(kept.result),
        "hand": hand
        and {
            "session": hand.session,
            "side": hand.side.value,
            "code": _b64(hand.code),
            "scalar": _b64(hand.scalar),
            "terms": to_plain(hand.terms),
            "held": list(hand.held),
            "points": _b64(hand.points),
            "answered": hand.answered,
        },
    }


def _read(text: str, path: Path) -> Kept:
    try:
        value = json.loads(text)
        if value["seawall_match"] != FORM:
            raise BadInput("written by another version of Seawall", where=str(path))
        return _kept(value)
    except (KeyError, TypeError, ValueError, NotThisType) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput("not a session that can be read", where=str(path)) from error


def _kept(value: dict[str, Any]) -> Kept:
    hand, result = value["hand"], value["result"]
    return Kept(
        server=value["server"],
        id=value["id"],
        other=value["other"],
        at_most=value["at_most"],
        commitment=value["commitment"],
        titles=value["titles"],
        theirs=_bytes(value["theirs"]),
        sealed=_bytes(value["sealed"]),
        result=None if result is None else tuple(from_plain(Matched, each) for each in result),
        hand=hand
        and Hand(
            session=hand["session"],
            side=Side(hand["side"]),
            code=_bytes(hand["code"]),
            scalar=_bytes(hand["scalar"]),
            terms=tuple(from_plain(Term, each) for each in hand["terms"]),
            held=tuple(hand["held"]),
            points=_bytes(hand["points"]),
            answered=hand["answered"],
        ),
    )


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
