"""Version ranges as CSAF documents write them: VERS, or comparators in words."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from seawall.vocab.advisories import EventKind, RangeEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRange:
    """Events in the order of the text, and single versions. `exact` is False when the range had
    to be widened (an exclusive lower bound) and so covers one version too many."""

    events: tuple[RangeEvent, ...] = ()
    versions: tuple[str, ...] = ()
    exact: bool = True


EVERYTHING = ReadRange(events=(RangeEvent(kind=EventKind.INTRODUCED, version="0"),))

_VERS = re.compile(r"vers:[a-z0-9.+-]+/", re.IGNORECASE)
_ALL = re.compile(
    r"(?:all\s+(?:(?:bios|firmware|software)\s+)?versions?)(?=$|[\s<>=])", re.IGNORECASE
)
_VERSION = (
    r"[vV]?\.?\s?[A-Za-z]{0,4}\d[\w.+~:%()-]*"
    r"(?:\s+(?:SP|Update|Upd|Build|HF|Hotfix|Patch|Rev|R)[\s.]*\w+)*"
)
_CONSTRAINT = re.compile(
    rf"\s*(?:[|,]\s*|and\s+|&\s*)?(?P<sign><=|>=|<|>|=)?\s*(?P<version>{_VERSION})\s*",
    re.IGNORECASE,
)
_EVENTS = {
    ">=": EventKind.INTRODUCED,
    ">": EventKind.INTRODUCED,
    "<": EventKind.FIXED,
    "<=": EventKind.LAST_AFFECTED,
}
_MAX_LENGTH = 2000


def read_range(words: str) -> ReadRange | None:
    """The range that `words` state, or None when they cannot be read with certainty.

    "vers:all/<V5.5.0", "< V15.1 Upd 4", ">= 3.5.11.0 | <= 3.5.15.0", "All versions < V2.1" are
    read; so are lists of versions behind "vers:". The scheme of a VERS range is not judged.
    """
    rest = words.strip()[:_MAX_LENGTH]
    vers = _VERS.match(rest)
    rest = rest[vers.end() :] if vers else _ALL.sub("", rest, count=1).strip()
    if rest in ("", "*"):
        return EVERYTHING if words.strip() else None
    events: list[RangeEvent] = []
    versions: list[str] = []
    exact = True
    at = 0
    while at < len(rest):
        found = _CONSTRAINT.match(rest, at)
        if found is None:
            return None
        at = found.end()
        sign, version = found["sign"], found["version"].strip()
        version = unquote(version) if vers else version
        if sign in _EVENTS:
            if not events and sign.startswith("<"):
                events.append(RangeEvent(kind=EventKind.INTRODUCED, version="0"))
            events.append(RangeEvent(kind=_EVENTS[sign], version=version))
            exact = exact and sign != ">"
        elif vers or sign == "=":
            versions.append(version)
        else:
            return None
    return ReadRange(events=tuple(events), versions=tuple(versions), exact=exact)
