"""CSAF documents as files: each with hashes and signature, and the lists of all of them
(CSAF 2.0 §7.1.4 and §7.1.11 to §7.1.14, §7.1.18, §7.1.19)."""

import csv
import hashlib
import html
import io
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from seawall.feed.provider import Provider
from seawall.feed.reading import NotPublic, Read
from seawall.feed.rolie import CsafFile
from seawall.formats.csaf_tests.optional_document import csaf_filename
from seawall.vocab.published import PublishedRelease

FOLDER = "csaf/white"
INDEX = f"{FOLDER}/index.txt"
CHANGES = f"{FOLDER}/changes.csv"
_CSAF = ("csaf", "csaf-vex")


def csaf_path(tracking_id: str, *, year: int) -> str:
    """Where a public CSAF document lies in the tree; `year` is that of its initial release
    (CSAF 2.0 §5.1, §7.1.11)."""
    return f"{FOLDER}/{year}/{csaf_filename(tracking_id)}"


def csaf_files(release: PublishedRelease) -> list[tuple[CsafFile, str]]:
    """The CSAF documents of a release with their texts. Raises NotPublic when one says that it is
    not TLP:WHITE."""
    found = []
    for name, kind in sorted(release.kinds.items()):
        if kind in _CSAF:
            text = release.documents[name]
            head = json.loads(text)["document"]
            tracking = head["tracking"]
            if head.get("distribution", {}).get("tlp", {}).get("label") != "WHITE":
                raise NotPublic(f"{name} is not TLP:WHITE.")
            first = tracking["initial_release_date"]
            file = CsafFile(
                path=csaf_path(tracking["id"], year=int(first[:4])),
                id=tracking["id"],
                title=head["title"],
                first_at=first,
                updated_at=tracking["current_release_date"],
                ecosystems=release.ecosystems,
            )
            found.append((file, text))
    return found


def signed_files(provider: Provider, path: str, text: str, *, read: Read) -> Mapping[str, bytes]:
    """A document with its sha256 and sha512 in the form of sha256sum, and its signature. What is
    there already for the same text stays: a signature made again would only differ."""
    data = text.encode()
    name = path.rpartition("/")[2]
    files = {path: data}
    for ending in ("sha256", "sha512"):
        digest = hashlib.new(ending, data).hexdigest()
        files[f"{path}.{ending}"] = f"{digest}  {name}\n".encode()
    kept = read(f"{path}.asc") if read(path) == data else None
    files[f"{path}.asc"] = kept or provider.key.detached(data).encode()
    return files


def list_files(
    provider: Provider, changed: Sequence[CsafFile], *, read: Read
) -> Mapping[str, bytes]:
    """index.txt, changes.csv and the listings of the folders, with `changed` in them."""
    dates = _dates(read(CHANGES))
    dates |= {file.path.removeprefix(f"{FOLDER}/"): file.updated_at for file in changed}
    by_year: dict[str, list[str]] = defaultdict(list)
    for path in sorted(dates):
        year, _, name = path.partition("/")
        by_year[year].append(name)
    files = {INDEX: "".join(f"{path}\n" for path in sorted(dates)).encode()}
    files[CHANGES] = _changes(dates)
    years = [f"{year}/" for year in by_year]
    lists = ["changes.csv", "index.txt", *(["feed.json"] if provider.has_tls else [])]
    files[f"{FOLDER}/index.html"] = _listing(f"{FOLDER}/", [*years, *lists])
    for year in {file.path.split("/")[2] for file in changed}:
        files[f"{FOLDER}/{year}/index.html"] = _listing(f"{FOLDER}/{year}/", by_year[year])
    return files


def _dates(changes: bytes | None) -> dict[str, str]:
    """Path → date, of changes.csv."""
    rows = csv.reader(io.StringIO((changes or b"").decode()))
    return dict(rows)


def _changes(dates: Mapping[str, str]) -> bytes:
    """Path and date, newest first (CSAF 2.0 §7.1.13)."""
    rows = sorted(dates.items())
    rows.sort(key=lambda row: row[1], reverse=True)
    return "".join(f'"{path}","{date}"\n' for path, date in rows).encode()


def _listing(title: str, names: Sequence[str]) -> bytes:
    """A page that links what lies in a folder, for hosts that list none (CSAF 2.0 §7.1.14)."""
    links = [f'<li><a href="{html.escape(name)}">{html.escape(name)}</a></li>' for name in names]
    style = "../" * title.count("/") + "index.css"
    head = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{title}</title>\n<link rel="stylesheet" href="{style}">\n</head>\n'
        f'<body>\n<main>\n<h1>{title}</h1>\n<ul class="contents">\n'
    )
    return (head + "\n".join(links) + "\n</ul>\n</main>\n</body>\n</html>\n").encode()
