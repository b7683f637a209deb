"""All that the public tree shows of releases: their documents in every layout, and the lists.

Everything is made from the releases that changed and the tree as it is, so that one more release
among many costs little. Making all of it again, or twice, gives the same files.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from seawall.feed.csaf_tree import csaf_files, list_files, signed_files
from seawall.feed.front_page import front_files
from seawall.feed.osv_export import osv_lists, osv_paths
from seawall.feed.provider import FEED, METADATA, Provider, metadata_files
from seawall.feed.reading import NotPublic, Read, check_public
from seawall.feed.rolie import CsafFile, rolie_files
from seawall.feed.security_txt import PATH as SECURITY_TXT
from seawall.feed.security_txt import security_txt
from seawall.feed.syndication import JSON_FEED, news_files
from seawall.vocab.published import PublishedRelease

__all__ = ["NotPublic", "render"]

Files = dict[str, bytes | None]
_CVE = re.compile(r"CVE-([0-9]{4})-([0-9]{4,19})\.json")


def render(
    releases: Iterable[PublishedRelease], *, provider: Provider, read: Read, now: datetime
) -> Mapping[str, bytes | None]:
    """The files of the tree to write anew, and (None) to remove, when `releases` are published.

    With no release at all: what the tree shows anyway, renewed where it is due. `read` gives the
    tree as it is. Of several revisions of one advisory the last one counts. Raises NotPublic, and
    nothing must be written, when one of them is not for everybody.
    """
    newest = {release.id: release for release in releases}
    files: Files = {}
    csaf: list[CsafFile] = []
    news: list[tuple[PublishedRelease, Mapping[str, bytes]]] = []
    for release in newest.values():
        check_public(release)
        documents = _plain_documents(release)
        for file, text in csaf_files(release):
            files |= signed_files(provider, file.path, text, read=read)
            documents[file.path] = text.encode()
            csaf.append(file)
        files |= _of_release(release, documents, read=read)
        news.append((release, documents))
    if csaf or read("csaf/white/index.txt") is None:
        files |= list_files(provider, csaf, read=read)
        files |= osv_lists(list(newest.values()), read=read)
    if provider.has_tls and (csaf or read(FEED) is None):
        files |= rolie_files(provider, csaf, old=read(FEED))
    files |= news_files(provider, news, old=read(JSON_FEED))
    return files | _standing(provider, files, read=read, now=now)


def _standing(provider: Provider, files: Files, *, read: Read, now: datetime) -> Files:
    """What is there whatever was released."""
    found: Files = dict(metadata_files(provider, old=read(METADATA), now=now))
    if provider.has_tls:
        found[SECURITY_TXT] = security_txt(provider, old=read(SECURITY_TXT), now=now)
    index = files.get("csaf/white/index.txt") or read("csaf/white/index.txt") or b""
    return {**found, **front_files(provider, feed=files[JSON_FEED] or b"", index=index)}


def _plain_documents(release: PublishedRelease) -> dict[str, bytes]:
    """The documents of a release that are not CSAF, by path."""
    found = dict(osv_paths(release))
    for name, kind in release.kinds.items():
        if kind == "cve":
            found[_cve_path(name)] = release.documents[name].encode()
        elif kind == "openvex":
            found[f"openvex/{name}"] = release.documents[name].encode()
    return found


def _of_release(release: PublishedRelease, documents: Mapping[str, bytes], *, read: Read) -> Files:
    """The documents, a list of them under the advisory's id, and the end of those that an earlier
    revision had."""
    path = f"advisories/{release.id.split('-')[1]}/{release.id}.json"
    old = json.loads(read(path) or b'{"documents":[]}')["documents"]
    files: Files = {}
    for gone in {each["path"] for each in old} - set(documents):
        csaf = gone.startswith("csaf/")
        files |= {gone + ending: None for ending in _ENDINGS if csaf or not ending}
    about = {
        "id": release.id,
        "revision": release.revision,
        "title": release.title,
        "cve": release.cve,
        "severity": release.severity,
        "ecosystems": list(release.ecosystems),
        "published": f"{release.first_published_at:%Y-%m-%dT%H:%M:%SZ}",
        "updated": f"{release.updated_at:%Y-%m-%dT%H:%M:%SZ}",
        "withdrawn": release.withdrawn_at is not None,
        "documents": [
            {"path": place, "sha256": hashlib.sha256(data).hexdigest(), "length": len(data)}
            for place, data in sorted(documents.items())
        ],
    }
    listed = (json.dumps(about, indent=1, ensure_ascii=False) + "\n").encode()
    return files | dict(documents) | {path: listed}


_ENDINGS = ("", ".sha256", ".sha512", ".asc")


def _cve_path(name: str) -> str:
    """Where the CVE List keeps a record: cve/2026/10xxx/CVE-2026-10001.json."""
    parts = _CVE.fullmatch(name)
    if parts is None:
        raise ValueError(f"{name} is no name of a CVE record")
    return f"cve/{parts[1]}/{parts[2][:-3]}xxx/{name}"
