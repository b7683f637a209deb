"""News of the newest releases: JSON Feed 1.1 and Atom (RFC 4287)."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as Xml

from seawall.feed.provider import Provider
from seawall.vocab.published import PublishedRelease

JSON_FEED = "feed.json"
ATOM = "feed.atom"
NEWEST = 100
"""So many releases are news."""
_ATOM = "http://www.w3.org/2005/Atom"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def news_files(
    provider: Provider,
    releases: Sequence[tuple[PublishedRelease, Mapping[str, bytes]]],
    *,
    old: bytes | None,
) -> Mapping[str, bytes]:
    """Both feeds with `releases` (each with its documents by path) in them; `old` is the JSON
    feed as it is."""
    items = items_of(old)
    items |= {item["id"]: item for item in (_item(provider, *each) for each in releases)}
    newest = sorted(
        items.values(), key=lambda item: (item["date_modified"], item["id"]), reverse=True
    )
    feed = _json_feed(provider) | {"items": newest[:NEWEST]}
    return {
        JSON_FEED: (json.dumps(feed, indent=1, ensure_ascii=False) + "\n").encode(),
        ATOM: _atom(provider, newest[:NEWEST]),
    }


def items_of(feed: bytes | None) -> dict[str, dict[str, Any]]:
    """The items of a JSON feed by id, in its order."""
    items = json.loads(feed)["items"] if feed else []
    return {item["id"]: item for item in items}


def _json_feed(provider: Provider) -> dict[str, Any]:
    name = provider.publisher.name
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"Security advisories of {name}",
        "home_page_url": provider.address("index.html"),
        "feed_url": provider.address(JSON_FEED),
        "description": "The newest advisories, each released, signed and logged.",
        "language": provider.language,
        "authors": [{"name": name, "url": provider.publisher.namespace}],
    }


def _item(
    provider: Provider, release: PublishedRelease, documents: Mapping[str, bytes]
) -> dict[str, Any]:
    paths = sorted(
        documents, key=lambda path: (not path.startswith("csaf/"), path.endswith("-vex.json"), path)
    )
    main = paths[0]
    tags = [*release.ecosystems, *([release.severity.lower()] if release.severity else [])]
    return {
        "id": provider.tag(release.id, since=release.first_published_at),
        "url": provider.address(main),
        "title": f"{release.id}: {release.title}",
        "content_text": _content(release),
        "date_published": f"{release.first_published_at:%Y-%m-%dT%H:%M:%SZ}",
        "date_modified": f"{release.updated_at:%Y-%m-%dT%H:%M:%SZ}",
        "tags": tags,
        "attachments": [
            {
                "url": provider.address(path),
                "mime_type": "application/json",
                "title": path,
                "size_in_bytes": len(documents[path]),
            }
            for path in paths
        ],
        "_seawall": {
            "id": release.id,
            "revision": release.revision,
            "cve": release.cve,
            "severity": release.severity,
            "withdrawn": release.withdrawn_at is not None,
        },
    }


def _content(release: PublishedRelease) -> str:
    facts = [f"Severity: {release.severity.lower()}." if release.severity else ""]
    facts += [f"{release.cve}." if release.cve else ""]
    facts += [f"Revision {release.revision}."]
    facts += ["This advisory was withdrawn." if release.withdrawn_at else ""]
    said = " ".join(fact for fact in facts if fact)
    return f"{release.summary or release.title}\n\n{said}"


def _atom(provider: Provider, items: Sequence[Mapping[str, Any]]) -> bytes:
    feed = Xml.Element("feed", {"xmlns": _ATOM, "xml:lang": provider.language})
    publisher = provider.publisher
    _add(feed, "id", provider.address(ATOM) if provider.url else f"{publisher.namespace}#feed")
    _add(feed, "title", f"Security advisories of {publisher.name}")
    _add(feed, "updated", items[0]["date_modified"] if items else "1970-01-01T00:00:00Z")
    author = _add(feed, "author")
    _add(author, "name", publisher.name)
    _add(author, "uri", publisher.namespace)
    _add(feed, "link", rel="self", type="application/atom+xml", href=provider.address(ATOM))
    _add(feed, "link", rel="alternate", type="text/html", href=provider.address("index.html"))
    for item in items:
        _entry(_add(feed, "entry"), item)
    Xml.indent(feed)
    declared = b'<?xml version="1.0" encoding="utf-8"?>\n'
    return declared + Xml.tostring(feed, encoding="unicode").encode() + b"\n"


def _entry(entry: Xml.Element, item: Mapping[str, Any]) -> None:
    _add(entry, "id", item["id"])
    _add(entry, "title", item["title"])
    _add(entry, "published", item["date_published"])
    _add(entry, "updated", item["date_modified"])
    _add(entry, "link", rel="alternate", href=item["url"])
    for attached in item["attachments"]:
        _add(
            entry,
            "link",
            rel="enclosure",
            type=attached["mime_type"],
            href=attached["url"],
            length=str(attached["size_in_bytes"]),
        )
    for tag in item["tags"]:
        _add(entry, "category", term=tag)
    _add(entry, "content", item["content_text"], type="text")


def _add(parent: Xml.Element, name: str, text: str = "", /, **attributes: str) -> Xml.Element:
    made = Xml.SubElement(
        parent, name, {k: _NO_XML.sub("\ufffd", v) for k, v in attributes.items()}
    )
    if text:
        made.text = _NO_XML.sub("\ufffd", text)
    return made
