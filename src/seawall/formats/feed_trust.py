"""`trust.json`: whom a feed's offline holders trust to sign releases, the log, and OpenPGP files.

The top-level target of the TUF repository, format `seawall-trust/1`:

    {"format": "seawall-trust/1",
     "publishers": {slug: {"name", "namespace", "release_keys": [{"key", "from", "until"}]}},
     "log": {"origin", "key", "former_keys", "url", "witnesses": [{"name", "key", "url"}], "need"},
     "openpgp": [fingerprint]}

`key` of a release key is the raw Ed25519 key in hex, of the log and of witnesses a verifier key
as in C2SP signed-note. `former_keys` of the log may sign the checkpoints inside older proofs,
never the newest checkpoint. `from` and `until` bound the moments of the releases that a key signs.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from seawall.formats.bounded import parse_json
from seawall.vocab.errors import BadInput

FORMAT = "seawall-trust/1"
_MAX_BYTES = 1 << 20
_RAW_KEY = re.compile(r"[0-9a-f]{64}")
_FINGERPRINT = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseKey:
    """A key that signs releases made from `starts_at` on and before `ends_at` (None: still)."""

    key: str
    starts_at: datetime
    ends_at: datetime | None = None

    def covers(self, at: datetime) -> bool:
        """Whether the key may sign a release made at `at`."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedPublisher:
    """Who publishes below the folder `slug`."""

    slug: str
    name: str
    namespace: str
    release_keys: tuple[ReleaseKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedWitness:
    """One witness of the log; `key` is its verifier key."""

    name: str
    key: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedLog:
    """The log: `need` of its witnesses must have signed a checkpoint."""

    origin: str
    key: str
    former_keys: tuple[str, ...] = ()
    url: str = ""
    witnesses: tuple[TrustedWitness, ...] = ()
    need: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """All of trust.json."""

    publishers: tuple[TrustedPublisher, ...]
    log: TrustedLog | None = None
    openpgp: tuple[str, ...] = ()

    def publisher(self, slug: str) -> TrustedPublisher | None:
        """The publisher of the folder `slug`."""
        return next((one for one in self.publishers if one.slug == slug), None)


def write_trust(trust: Trust) -> bytes:
    """The file: JSON with sorted keys, indented, so that holders can read what they sign."""
    document = {
        "format": FORMAT,
        "publishers": {one.slug: _publisher(one) for one in trust.publishers},
        "log": None if trust.log is None else _log(trust.log),
        "openpgp": list(trust.openpgp),
    }
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode()


def read_trust(data: bytes) -> Trust:
    """The trust in `data`, checked; else BadInput that says where."""
    document = parse_json(data, max_bytes=_MAX_BYTES, max_nodes=50_000, name="trust.json")
    whole = _mapping(document, "")
    if whole.get("format") != FORMAT:
        raise BadInput(f"not in the format {FORMAT}", where="trust.json /format")
    publishers = _mapping(whole.get("publishers"), "/publishers")
    log = whole.get("log")
    return Trust(
        publishers=tuple(
            _read_publisher(slug, publishers[slug], f"/publishers/{slug}")
            for slug in sorted(publishers)
        ),
        log=None if log is None else _read_log(_mapping(log, "/log")),
        openpgp=tuple(
            _matching(_FINGERPRINT, one, "/openpgp") for one in _list(whole.get("openpgp", []), "")
        ),
    )


def _publisher(one: TrustedPublisher) -> dict[str, Any]:
    keys = [
        {"key": key.key, "from": _moment(key.starts_at), "until": _moment(key.ends_at)}
        for key in one.release_keys
    ]
    return {"name": one.name, "namespace": one.namespace, "release_keys": keys}


def _log(log: TrustedLog) -> dict[str, Any]:
    return {
        "origin": log.origin,
        "key": log.key,
        "former_keys": list(log.former_keys),
        "url": log.url,
        "witnesses": [{"name": w.name, "key": w.key, "url": w.url} for w in log.witnesses],
        "need": log.need,
    }


def _read_publisher(slug: str, value: object, where: str) -> TrustedPublisher:
    one = _mapping(value, where)
    keys = _list(one.get("release_keys"), f"{where}/release_keys")
    return TrustedPublisher(
        slug=slug,
        name=_text(one.get("name"), f"{where}/name"),
        namespace=_text(one.get("namespace"), f"{where}/namespace"),
        release_keys=tuple(
            _read_key(_mapping(key, where), f"{where}/release_keys/{number}")
            for number, key in enumerate(keys)
        ),
    )


def _read_key(value: Mapping[str, Any], where: str) -> ReleaseKey:
    until = value.get("until")
    return ReleaseKey(
        key=_matching(_RAW_KEY, value.get("key"), f"{where}/key"),
        starts_at=_read_moment(value.get("from"), f"{where}/from"),
        ends_at=None if until is None else _read_moment(until, f"{where}/until"),
    )


def _read_log(value: Mapping[str, Any]) -> TrustedLog:
    witnesses = [_mapping(w, "/log/witnesses") for w in _list(value.get("witnesses", []), "/log")]
    need = value.get("need", 0)
    if type(need) is not int or not 0 <= need <= len(witnesses):
        raise BadInput("more witnesses needed than there are", where="trust.json /log/need")
    return TrustedLog(
        origin=_text(value.get("origin"), "/log/origin"),
        key=_text(value.get("key"), "/log/key"),
        former_keys=tuple(
            _text(key, "/log/former_keys")
            for key in _list(value.get("former_keys", []), "/log/former_keys")
        ),
        url=_text(value.get("url", ""), "/log/url"),
        witnesses=tuple(
            TrustedWitness(
                name=_text(one.get("name"), "/log/witnesses"),
                key=_text(one.get("key"), "/log/witnesses"),
                url=_text(one.get("url", ""), "/log/witnesses"),
            )
            for one in witnesses
        ),
        need=need,
    )


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadInput("an object was expected", where=f"trust.json {where}".strip())
    return value


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise BadInput("a list was expected", where=f"trust.json {where}".strip())
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise BadInput("a text was expected", where=f"trust.json {where}")
    return value


def _matching(pattern: re.Pattern[str], value: object, where: str) -> str:
    text = _text(value, where)
    if not pattern.fullmatch(text):
        raise BadInput("not a key of this kind", where=f"trust.json {where}")
    return text


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).strftime(_MOMENT)


def _read_moment(value: object, where: str) -> datetime:
    try:
        return datetime.strptime(_text(value, where), _MOMENT).replace(tzinfo=UTC)
    except ValueError as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(
            "a moment looks like 2026-01-31T12:00:00Z", where=f"trust.json {where}"
        ) from None
