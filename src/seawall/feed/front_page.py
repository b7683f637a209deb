"""The page for people in the public tree: what is here and how to verify it. It has no script,
and only relative links, so that it is the same on a server, in a bucket and on carried media."""

from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from seawall.feed.provider import Provider
from seawall.feed.syndication import items_of

PAGE = "index.html"
STYLE = "index.css"
_SHOWN = 20
_PLACES = (
    ("tuf/metadata/timestamp.json", "tuf/", "the signed repository (TUF) that clients follow"),
    ("csaf/white/index.html", "csaf/white/", "CSAF 2.0 documents with hashes and signatures"),
    ("csaf/white/feed.json", "csaf/white/feed.json", "their ROLIE feed"),
    (
        "csaf/provider-metadata.json",
        "csaf/provider-metadata.json",
        "metadata of a CSAF trusted provider",
    ),
    ("osv/ecosystems.txt", "osv/", "OSV records by ecosystem, with the archives scanners read"),
    ("osv/all.zip", "osv/all.zip", "all OSV records"),
    ("", "cve/", "CVE records, laid out as in the CVE List"),
    ("", "openvex/", "OpenVEX documents, ID.openvex.json"),
    ("", "advisories/", "for programs: YEAR/ID.json lists the documents of one advisory"),
    ("log/checkpoint", "log/", "the transparency log (checkpoint and tiles)"),
    ("feed.atom", "feed.atom", "news for feed readers (Atom)"),
    ("feed.json", "feed.json", "the same as JSON Feed"),
    (".well-known/security.txt", ".well-known/security.txt", "how to reach the publisher"),
)
_TLS_ONLY = ("csaf/white/feed.json", "csaf/provider-metadata.json", ".well-known/security.txt")
_FORMATS = (
    ("-vex.json", "CSAF VEX"),
    (".openvex.json", "OpenVEX"),
    ("csaf/", "CSAF"),
    ("osv/", "OSV"),
    ("cve/", "CVE record"),
)


def front_files(provider: Provider, *, feed: bytes, index: bytes) -> Mapping[str, bytes]:
    """The page and its style; `feed` is the JSON feed, `index` CSAF's index.txt."""
    count = sum(not line.endswith("-vex.json") for line in index.decode().splitlines())
    publisher = provider.publisher
    items = list(items_of(feed).values())[:_SHOWN]
    page = Template(_text(PAGE)).substitute(
        publisher=escape(publisher.name),
        namespace=escape(publisher.namespace),
        contact=f" {escape(publisher.contact)}" if publisher.contact else "",
        url=escape(provider.url or "URL"),
        count=f"{count:,} {'advisory' if count == 1 else 'advisories'}",
        newest=_newest(items, provider),
        fingerprint=provider.key.fingerprint,
        spaced=_spaced(provider.key.fingerprint),
        log=_log(provider),
        places="\n".join(_place(*each) for each in _PLACES if _is_there(each[1], provider)),
    )
    return {PAGE: page.encode(), STYLE: _text(STYLE).encode()}


def _newest(items: list[dict[str, Any]], provider: Provider) -> str:
    if not items:
        return "<p>Nothing was published yet.</p>"
    rows = "\n".join(f"<li>{_row(item, provider)}</li>" for item in items)
    return f'<ul class="newest">\n{rows}\n</ul>'


def _row(item: Mapping[str, Any], provider: Provider) -> str:
    about = item["_seawall"]
    facts = [f"{escape(item['date_modified'][:10])}"]
    if severity := about["severity"].lower():
        facts.append(f'<span class="{escape(severity)}">{escape(severity)}</span>')
    facts += [escape(about["cve"])] if about["cve"] else []
    facts += [f"revision {about['revision']}"] if about["revision"] > 1 else []
    facts += ["withdrawn"] if about["withdrawn"] else []
    prefix = provider.address("")
    links = " ".join(
        f'<a href="{escape(path)}">{_format(path)}</a>'
        for path in (each["url"].removeprefix(prefix) for each in item["attachments"])
    )
    title = escape(item["title"])
    return f'<h3>{title}</h3><p>{" · ".join(facts)}</p><p class="documents">{links}</p>'


def _format(path: str) -> str:
    """What people call the document at a path."""
    said = next(name for part, name in _FORMATS if part in path)
    return f"{said} ({escape(path.split('/')[1])})" if said == "OSV" else said


def _place(link: str, name: str, what: str) -> str:
    shown = f"<code>{escape(name)}</code>"
    where = f'<a href="{escape(link)}">{shown}</a>' if link else shown
    return f"<dt>{where}</dt>\n<dd>{escape(what)}</dd>"


def _is_there(name: str, provider: Provider) -> bool:
    return provider.has_tls or name not in _TLS_ONLY


def _log(provider: Provider) -> str:
    if not provider.log_key:
        return ""
    return f"<dt>Key of the log</dt>\n<dd><code>{escape(provider.log_key)}</code></dd>"


def _spaced(fingerprint: str) -> str:
    """A fingerprint in groups of four, as gpg shows it."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def _text(name: str) -> str:
    return (files("seawall.feed.pages") / name).read_text()
