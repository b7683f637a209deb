"""OSV records (OSV schema 1.x) as advisories, and back without loss."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from seawall.formats.bounded import as_list, as_object, as_text, pointer
from seawall.formats.identifiers import read_cwe, unique
from seawall.formats.shapes import Field, Shape, moment, shapes, text, texts
from seawall.vocab.advisories import (
    Advisory,
    AffectedPackage,
    Credit,
    EventKind,
    RangeEvent,
    RangeKind,
    Reference,
    Severity,
    VersionRange,
)
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp

_SPECIFIC = "database_specific"


def is_osv(obj: Any) -> bool:
    """Say whether a JSON value looks like an OSV record."""
    return (
        isinstance(obj, dict)
        and isinstance(obj.get("id"), str)
        and "modified" in obj
        and ("affected" in obj or "schema_version" in obj or "details" in obj)
    )


def read_osv(obj: Any) -> Advisory:
    """The advisory of one OSV record; BadInput points at what cannot be used.

    Weaknesses are taken from `database_specific.cwe_ids`. Everything else that has no field of
    its own, and every unusual spelling, is kept in the `extra` of the part where it stands.
    """
    record = _RECORD.read(obj)
    specific = record.extra.get(_SPECIFIC)
    return replace(record, cwes=_cwes(specific), tlp=_tlp(specific))


def write_osv(advisory: Advisory) -> dict[str, Any]:
    """The OSV record of an advisory; for one that was read and not changed, the same JSON.

    Weaknesses and a TLP label other than CLEAR go into `database_specific`.
    """
    made = _RECORD.write(advisory)
    specific = made.get(_SPECIFIC)
    changes: dict[str, Any] = {}
    if advisory.cwes != _cwes(specific):
        changes["cwe_ids"] = list(advisory.cwes)
    if advisory.tlp is not _tlp(specific):
        changes["tlp"] = advisory.tlp.value
    if changes:
        made[_SPECIFIC] = {**(specific if isinstance(specific, Mapping) else {}), **changes}
    return made


def _cwes(specific: Any) -> tuple[str, ...]:
    """The weaknesses in a free-form object, as far as they can be read."""
    found = []
    listed = specific.get("cwe_ids") if isinstance(specific, Mapping) else None
    for item in listed if isinstance(listed, list) else ():
        try:
            found.append(read_cwe(item, ""))
        except BadInput:
            continue
    return unique(found)


def _tlp(specific: Any) -> Tlp:
    word = specific.get("tlp") if isinstance(specific, Mapping) else None
    return Tlp(word) if isinstance(word, str) and word in list(Tlp) else Tlp.CLEAR


def _read_events(value: Any, where: str) -> tuple[RangeEvent, ...]:
    events: list[RangeEvent] = []
    for index, item in enumerate(as_list(value, where)):
        place = f"{where}/{index}"
        for key, version in as_object(item, place).items():
            if key not in list(EventKind):
                raise BadInput(f"{key!r} is no event of a range", where=pointer(place, key))
            if not as_text(version, pointer(place, key)).strip():
                raise BadInput("an event without a version", where=pointer(place, key))
            events.append(RangeEvent(kind=EventKind(key), version=version))
    if not events:
        raise BadInput("a range without events", where=where)
    return tuple(events)


def _write_events(events: tuple[RangeEvent, ...]) -> list[dict[str, str]]:
    return [{event.kind.value: event.version} for event in events]


def _read_kind(value: Any, where: str) -> RangeKind:
    if as_text(value, where) not in list(RangeKind):
        raise BadInput(f"{value!r} is no type of a range", where=where)
    return RangeKind(value)


def _read_package(value: Any, where: str) -> tuple[str, str, str]:
    package = as_object(value, where)
    words = [as_text(package.get(key, ""), pointer(where, key)) for key in _PACKAGE]
    if not words[1].strip():
        raise BadInput("a package without a name", where=where)
    return words[0], words[1], words[2]


def _write_package(words: tuple[str, str, str]) -> dict[str, str]:
    return {key: word for key, word in zip(_PACKAGE, words, strict=True) if word}


def _read_severities(value: Any, where: str) -> tuple[Severity, ...]:
    return tuple(
        Severity(scheme=one["type"], score=one["score"])
        for one in _plain_objects(value, where, required=("type", "score"))
    )


def _write_severities(severities: tuple[Severity, ...]) -> list[dict[str, str]]:
    return [{"type": one.scheme, "score": one.score} for one in severities]


def _read_references(value: Any, where: str) -> tuple[Reference, ...]:
    return tuple(
        Reference(url=one["url"], kind=one.get("type") or "WEB")
        for one in _plain_objects(value, where, required=("url",), optional=("type",))
    )


def _write_references(references: tuple[Reference, ...]) -> list[dict[str, str]]:
    return [{"type": one.kind, "url": one.url} for one in references]


def _read_credits(value: Any, where: str) -> tuple[Credit, ...]:
    found = []
    for index, one in enumerate(as_list(value, where)):
        place = f"{where}/{index}"
        (words,) = _plain_objects([one], place, required=("name",), optional=("type",))
        contact = tuple(
            as_text(item, f"{place}/contact/{i}")
            for i, item in enumerate(as_list(one.get("contact") or [], f"{place}/contact"))
        )
        found.append(Credit(name=words["name"], role=words.get("type") or "OTHER", contact=contact))
    return tuple(found)


def _write_credits(credits_: tuple[Credit, ...]) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "type": one.role}
        | ({"contact": list(one.contact)} if one.contact else {})
        for one in credits_
    ]


def _plain_objects(
    value: Any, where: str, *, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> list[dict[str, str]]:
    """The named string fields of each object of an array."""
    found = []
    for index, item in enumerate(as_list(value, where)):
        place = f"{where}/{index}"
        obj = as_object(item, place)
        for key in required:
            if key not in obj:
                raise BadInput(f"the field {key!r} is missing", where=place)
        found.append(
            {
                key: as_text(obj[key], pointer(place, key))
                for key in required + optional
                if obj.get(key) is not None or key in required
            }
        )
    return found


_PACKAGE = ("ecosystem", "name", "purl")

_RANGE = Shape(
    VersionRange,
    {
        "type": Field(attr="kind", read=_read_kind, write=str, required=True),
        "events": Field(attr="events", read=_read_events, write=_write_events, required=True),
        "repo": text("repo"),
    },
)

_AFFECTED = Shape(
    AffectedPackage,
    {
        "package": Field(
            attr="ecosystem,name,purl",
            read=_read_package,
            write=_write_package,
            empty=("", "", ""),
        ),
        "ranges": shapes("ranges", _RANGE),
        "versions": texts("versions"),
    },
)

_RECORD = Shape(
    Advisory,
    {
        "id": text("id", required=True),
        "modified": moment("modified_at"),
        "published": moment("published_at"),
        "withdrawn": moment("withdrawn_at"),
        "aliases": texts("aliases"),
        "related": texts("related"),
        "summary": text("summary"),
        "details": text("details"),
        "severity": Field(
            attr="severities", read=_read_severities, write=_write_severities, empty=()
        ),
        "affected": shapes("affected", _AFFECTED),
        "references": Field(
            attr="references", read=_read_references, write=_write_references, empty=()
        ),
        "credits": Field(attr="credits", read=_read_credits, write=_write_credits, empty=()),
    },
)
