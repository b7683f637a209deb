"""Whom the feed's offline keys trust: the target `trust.json`, read strictly."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from seawall.formats.bounded import parse_json
from seawall.vocab.errors import BadInput

FORMAT = "seawall-trust/1"
MAX_BYTES = 1 << 20
MAX_PUBLISHERS = 64
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?")
_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseKey:
    """An Ed25519 key (32 bytes) that signs releases from one moment, until another or for good."""

    key: bytes
    from_at: datetime
    until_at: datetime | None

    def counts_at(self, at: datetime) -> bool:
        """Whether a release of this moment may be signed by it."""
        return self.from_at <= at and (self.until_at is None or at < self.until_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who publishes below the paths of `slug`."""

    slug: str
    name: str
    namespace: str
    release_keys: tuple[ReleaseKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Somebody who cosigns the log's checkpoints; `key` as a vkey (C2SP signed-note)."""

    name: str
    key: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTrust:
    """The log that releases must be in, and how many of its witnesses must have cosigned."""

    origin: str
    key: str
    url: str
    witnesses: tuple[Witness, ...]
    need: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What the offline threshold says about everyone else."""

    publishers: Mapping[str, Publisher]
    log: LogTrust
    openpgp: tuple[str, ...]


def read_trust(data: bytes) -> Trust:
    """Read `trust.json`; raises BadInput with the place of what is wrong."""
    raw = parse_json(data, max_bytes=MAX_BYTES, max_depth=8, max_nodes=50_000, name="trust.json")
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise BadInput(f"not of the format {FORMAT}", where="/format", mend="update Seawall")
    publishers = _of(raw, "publishers", dict, "")
    if not publishers or len(publishers) > MAX_PUBLISHERS:
        raise BadInput(f"between 1 and {MAX_PUBLISHERS} publishers", where="/publishers")
    fingerprints = tuple(_text(each, "/openpgp") for each in raw.get("openpgp", []))
    return Trust(
        publishers={slug: _publisher(slug, each) for slug, each in publishers.items()},
        log=_log(_of(raw, "log", dict, "")),
        openpgp=fingerprints,
    )


def _publisher(slug: str, raw: Any) -> Publisher:
    where = f"/publishers/{slug}"
    if not _SLUG.fullmatch(slug) or not isinstance(raw, dict):
        raise BadInput("no publisher that can be read", where=where)
    return Publisher(
        slug=slug,
        name=_of(raw, "name", str, where),
        namespace=_of(raw, "namespace", str, where),
        release_keys=tuple(
            _key(each, f"{where}/release_keys") for each in _of(raw, "release_keys", list, where)
        ),
    )


def _key(raw: Any, where: str) -> ReleaseKey:
    if not isinstance(raw, dict) or not _KEY.fullmatch(_of(raw, "key", str, where)):
        raise BadInput("an Ed25519 key is 64 hexadecimal digits", where=where)
    until = raw.get("until")
    return ReleaseKey(
        key=bytes.fromhex(raw["key"]),
        from_at=_moment(_of(raw, "from", str, where), where),
        until_at=None if until is None else _moment(_text(until, where), where),
    )


def _log(raw: Mapping[str, Any]) -> LogTrust:
    where = "/log"
    witnesses = tuple(
        Witness(
            name=_of(each, "name", str, where),
            key=_of(each, "key", str, where),
            url=str(each.get("url", "")),
        )
        for each in _of(raw, "witnesses", list, where)
    )
    need = _of(raw, "need", int, where)
    if not 0 <= need <= len(witnesses):
        raise BadInput(f"{need} of {len(witnesses)} witnesses cannot be", where="/log/need")
    return LogTrust(
        origin=_of(raw, "origin", str, where),
        key=_of(raw, "key", str, where),
        url=str(raw.get("url", "")),
        witnesses=witnesses,
        need=need,
    )


def _of(raw: Any, name: str, kind: type, where: str) -> Any:
    value = raw.get(name) if isinstance(raw, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadInput("missing, or of another kind", where=f"{where}/{name}")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise BadInput("text was expected", where=where)
    return value


def _moment(text: str, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text!r} is no moment", where=where) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
