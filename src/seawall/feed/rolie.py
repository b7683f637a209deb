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
    entries = _entries(old)
    for file in changed:
        entries[file.id] = _entry(provider, file)
    ordered = sorted(entries.values(), key=lambda entry: entry["id"])
    ordered.sort(key=lambda entry: entry["updated"], reverse=True)
    head = {
        "id": "csaf-feed-tlp-white",
        "title": f"Advisories of {provider.publisher.name} (TLP:WHITE)",
        "link": [
            {"rel": "self", "href": provider.address(FEED)},
            {"rel": "service", "href": provider.address(SERVICE)},
        ],
        "category": [INFORMATION_TYPE],
        "updated": ordered[0]["updated"] if ordered else "1970-01-01T00:00:00Z",
    }
    lines = ",\n".join(map(_compact, ordered))
    terms = sorted({each["term"] for entry in ordered for each in entry.get("category", ())})
    categories = {"categories": {"category": [{"term": term} for term in terms]}}
    return {
        FEED: f'{{"feed":{_compact(head)[:-1]},"entry":[\n{lines}\n]}}}}\n'.encode(),
        CATEGORY: f"{_compact(categories)}\n".encode(),
    }


def _entries(old: bytes | None) -> dict[str, Mapping[str, Any]]:
    if old is None:
        return {}
    return {entry["id"]: entry for entry in json.loads(old)["feed"]["entry"]}


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
