"""OSV records in the layout of the OSV bucket, which scanners download and read offline:

    ECOSYSTEM/ID.json, ECOSYSTEM/all.zip, ECOSYSTEM/modified_id.csv for each ecosystem,
    ecosystems.txt, all.zip and modified_id.csv for all of them.

An ecosystem's name is without its release: "Debian", not "Debian:12"; records about commits of a
repository are in "GIT". A record with none of these is in the archive of all only.
"""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from seawall.feed.reading import Read
from seawall.feed.zip_update import updated_zip
from seawall.vocab.published import PublishedRelease

FOLDER = "osv"
ALL = f"{FOLDER}/all.zip"
ECOSYSTEMS = f"{FOLDER}/ecosystems.txt"
MODIFIED = f"{FOLDER}/modified_id.csv"
_Files = dict[str, bytes | None]


def osv_paths(release: PublishedRelease) -> dict[str, bytes]:
    """The files of a release's OSV record; none when it has no record."""
    return {
        f"{FOLDER}/{ecosystem}/{release.id}.json": data
        for data in _record(release)
        for ecosystem in release.ecosystems
    }


def osv_lists(releases: Sequence[PublishedRelease], *, read: Read) -> Mapping[str, bytes | None]:
    """The archives and lists with the records of `releases` in them; a record that left an
    ecosystem leaves its archive too."""
    ids = {release.id for release in releases}
    rows = {place: at for place, at in _rows(read(MODIFIED)).items() if place[1] not in ids}
    changed: dict[str, dict[str, bytes | None]] = defaultdict(dict)
    for ecosystem, id in _rows(read(MODIFIED)):
        if id in ids:
            changed[ecosystem][f"{id}.json"] = None
    for release in releases:
        for data in _record(release):
            modified = json.loads(data)["modified"]
            for ecosystem in release.ecosystems:
                rows[ecosystem, release.id] = modified
                changed[ecosystem][f"{release.id}.json"] = data
    files = _whole(releases, rows, read=read)
    for ecosystem, members in changed.items():
        files |= _of_one(ecosystem, members, rows, read=read)
    return files


def _whole(
    releases: Sequence[PublishedRelease], rows: Mapping[tuple[str, str], str], *, read: Read
) -> _Files:
    """What is about all ecosystems."""
    records = {f"{each.id}.json": next(iter(_record(each)), None) for each in releases}
    names = sorted({ecosystem for ecosystem, _ in rows})
    return {
        ALL: updated_zip(read(ALL), records),
        ECOSYSTEMS: "".join(f"{name}\n" for name in names).encode(),
        MODIFIED: _table((at, f"{ecosystem}/{id}") for (ecosystem, id), at in rows.items()),
    }


def _of_one(
    ecosystem: str,
    members: Mapping[str, bytes | None],
    rows: Mapping[tuple[str, str], str],
    *,
    read: Read,
) -> _Files:
    """What is about one ecosystem; nothing of it stays when its last record went."""
    folder = f"{FOLDER}/{ecosystem}"
    own = [(at, id) for (name, id), at in rows.items() if name == ecosystem]
    if not own:
        return {f"{folder}/all.zip": None, f"{folder}/modified_id.csv": None}
    return {
        f"{folder}/all.zip": updated_zip(read(f"{folder}/all.zip"), members),
        f"{folder}/modified_id.csv": _table(own),
    }


def _record(release: PublishedRelease) -> list[bytes]:
    """The OSV record of a release, if it has one."""
    return [release.documents[n].encode() for n, kind in release.kinds.items() if kind == "osv"]


def _rows(table: bytes | None) -> dict[tuple[str, str], str]:
    """(ecosystem, id) → when modified, of the table of all."""
    found = {}
    for at, place in csv.reader(io.StringIO((table or b"").decode())):
        ecosystem, _, id = place.rpartition("/")
        found[ecosystem, id] = at
    return found


def _table(rows: Iterable[tuple[str, str]]) -> bytes:
    """When and what, newest first."""
    ordered = sorted(rows, key=lambda row: row[1])
    ordered.sort(key=lambda row: row[0], reverse=True)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(ordered)
    return text.getvalue().encode()
