"""Advisories from files and folders: OSV and CSAF, JSON, JSON lines and archives of them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seawall.formats.archives import ArchiveLimits, read_archive
from seawall.formats.bounded import compression, decompress, parse_json
from seawall.formats.csaf import is_csaf, read_csaf
from seawall.formats.csaf_advisories import to_advisories
from seawall.formats.osv import is_osv, read_osv
from seawall.vocab.advisories import Advisory
from seawall.vocab.errors import BadInput

_SUFFIXES = (".json", ".jsonl", ".ndjson", ".zip", ".zst", ".gz", ".xz", ".bz2", ".tar", ".tgz")
_MAX_BYTES = 4 << 30
_LIMITS = ArchiveLimits(total_bytes=_MAX_BYTES, members=1_000_000)


@dataclass(slots=True)
class AdvisoryFiles:
    """Reads advisories one by one; what cannot be read is kept in `refused` as "where: why"."""

    paths: Iterable[Path]
    refused: list[str] = field(default_factory=list)
    files: int = 0

    def __iter__(self) -> Iterator[Advisory]:
        for where, document in self.documents():
            try:
                yield from _advisories(document)
            except BadInput as bad:
                self.refused.append(f"{where}: {bad}")

    def documents(self) -> Iterator[tuple[str, Any]]:
        """Every JSON document with its place, as it stands in the files."""
        for path in self.paths:
            for file in _files(path):
                self.files += 1
                yield from self._documents(file)

    def _documents(self, file: Path) -> Iterator[tuple[str, Any]]:
        """Every JSON value of a file with its place."""
        for name, data in self._texts(file):
            if data.lstrip().startswith(b"{") and re.search(rb"\}\s*\n\{", data):
                yield from self._lines(name, data)
                continue
            try:
                whole = parse_json(data, max_bytes=_MAX_BYTES, name=name)
            except BadInput as bad:
                self.refused.append(str(bad))
                continue
            if isinstance(whole, list):
                yield from ((f"{name} /{index}", item) for index, item in enumerate(whole))
            else:
                yield name, whole

    def _lines(self, name: str, data: bytes) -> Iterator[tuple[str, Any]]:
        for number, line in enumerate(data.splitlines(), 1):
            if not line.strip():
                continue
            try:
                yield f"{name} line {number}", parse_json(line)
            except BadInput as bad:
                self.refused.append(f"{name} line {number}: {bad}")

    def _texts(self, file: Path) -> Iterator[tuple[str, bytes]]:
        name, data = file.name, file.read_bytes()
        try:
            if _is_container(name):
                for member, content in read_archive(data, limits=_LIMITS, name=name).items():
                    if member.endswith((".json", ".jsonl")):
                        yield f"{name} {member}", content
                return
            if compression(data):
                data = decompress(data, max_bytes=_MAX_BYTES, name=name)
            yield name, data
        except BadInput as bad:
            self.refused.append(str(bad))


def _is_container(name: str) -> bool:
    return name.endswith((".zip", ".tar", ".tgz")) or ".tar." in name


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and file.name.endswith(_SUFFIXES):
            yield file


def _advisories(document: Any) -> tuple[Advisory, ...]:
    if is_osv(document):
        return (read_osv(document),)
    if is_csaf(document):
        return to_advisories(read_csaf(document))
    raise BadInput("neither an OSV record nor a CSAF document")
