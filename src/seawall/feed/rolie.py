"""The ROLIE feed of the public CSAF documents (CSAF 2.0 §7.1.15 and §7.1.17, RFC 8322)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seawall.feed.provider import CATEGORY, FEED, INFORMATION_TYPE, SERVICE, Provider

_FORMAT = {"schema": "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CsafFile:
    """A CSAF document in the tree; times as RFC 3339 texts in UTC."""

    path: str
    id: str
    title: str
    first_at: str
    updated_at: str
    ecosystems: tuple[str, ...] = ()


def rolie_files(
    provider: Provider, changed: Sequence[CsafFile], *, old: bytes | None
) -> Mapping[str, bytes]:
    """The feed with the entries of `changed` new or replaced, newest first, one line per entry so
    that two states differ in the lines that differ; and the categories that entries have."""
    lines = _lines(old)
    lines |= {file.id: _line(_entry(provider, file)) for file in changed}
    ordered = [line for _, line in sorted(lines.items())]
    ordered.sort(key=lambda line: line.updated, reverse=True)
    head = {
        "id": "csaf-feed-tlp-white",
        "title": f"Advisories of {provider.publisher.name} (TLP:WHITE)",
        "link": [
            {"rel": "self", "href": provider.address(FEED)},
            {"rel": "service", "href": provider.address(SERVICE)},
        ],
        "category": [INFORMATION_TYPE],
        "updated": ordered[0].updated if ordered else "1970-01-01T00:00:00Z",
    }
    entries = ",\n".join(line.text for line in ordered)
    terms = sorted({term for line in ordered for term in line.terms})
    categories = {"categories": {"category": [{"term": term} for term in terms]}}
    return {
        FEED: f'{{"feed":{_compact(head)[:-1]},"entry":[\n{entries}\n]}}}}\n'.encode(),
        CATEGORY: f"{_compact(categories)}\n".encode(),
    }


@dataclass(frozen=True, slots=True)
class _Line:
    """An entry as it is written."""

    text: str
    updated: str
    terms: tuple[str, ...]


def _lines(old: bytes | None) -> dict[str, _Line]:
    """The entries of a feed by id, each as it is written there."""
    texts = (line.rstrip(",") for line in (old or b"").decode().split("\n")[1:-2])
    return {
        entry["id"]: _line(entry, text) for text in texts if text for entry in [json.loads(text)]
    }


def _line(entry: Mapping[str, Any], text: str = "") -> _Line:
    terms = tuple(each["term"] for each in entry.get("category", ()))
    return _Line(text or _compact(entry), entry["updated"], terms)


def _entry(provider: Provider, file: CsafFile) -> Mapping[str, Any]:
    url = provider.address(file.path)
    links = [("self", ""), ("hash", ".sha256"), ("hash", ".sha512"), ("signature", ".asc")]
    category = [{"term": name} for name in file.ecosystems]
    return ({"category": category} if category else {}) | {
        "id": file.id,
        "title": file.title,
        "link": [{"rel": rel, "href": url + ending} for rel, ending in links],
        "published": file.first_at,
        "updated": file.updated_at,
        "content": {"type": "application/json", "src": url},
        "format": _FORMAT | {"version": "2.0"},
    }


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
