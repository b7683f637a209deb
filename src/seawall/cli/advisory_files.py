"""Advisories from files and folders: OSV and CSAF, JSON, JSON lines and archives of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seawall.formats.archives import ArchiveLimits
from seawall.formats.csaf import is_csaf, read_csaf
from seawall.formats.csaf_advisories import to_advisories
from seawall.formats.json_documents import json_documents
from seawall.formats.osv import is_osv, read_osv
from seawall.vocab.advisories import Advisory
from seawall.vocab.errors import BadInput

_SUFFIXES = (".json", ".jsonl", ".ndjson", ".zip", ".zst", ".gz", ".xz", ".bz2", ".tar", ".tgz")
_LIMITS = ArchiveLimits(total_bytes=4 << 30, members=1_000_000)


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
                refused: list[tuple[str, str]] = []
                yield from json_documents(
                    file.read_bytes(), name=file.name, limits=_LIMITS, refused=refused
                )
                self.refused += [f"{where}: {why}" for where, why in refused]


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
