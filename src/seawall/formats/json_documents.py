"""The JSON documents in some bytes: one, a list, JSON lines, or an archive of such files."""

import re
from collections.abc import Iterator
from typing import Any

from seawall.formats.archives import DEFAULT_LIMITS, ArchiveLimits, read_archive
from seawall.formats.bounded import compression, decompress, parse_json
from seawall.formats.tar import is_tar
from seawall.vocab.errors import BadInput

_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_SUFFIXES = (".json", ".jsonl", ".ndjson")


def json_documents(
    data: bytes,
    *,
    refused: list[tuple[str, str]],
    name: str = "",
    limits: ArchiveLimits = DEFAULT_LIMITS,
) -> Iterator[tuple[str, Any]]:
    """Every document with its place. What cannot be read is added to `refused` as (where, why),
    and the others are kept. `limits` bounds compressed and archived data; of an archive only
    files whose names end in .json, .jsonl or .ndjson are read."""
    for place, text in _texts(data, refused=refused, name=name, limits=limits):
        if text.lstrip().startswith(b"{") and re.search(rb"\}\s*\n\{", text):
            yield from _lines(text, name=place, refused=refused)
            continue
        try:
            whole = parse_json(text, max_bytes=limits.total_bytes)
        except BadInput as bad:
            refused.append((place, str(bad)))
            continue
        if isinstance(whole, list):
            yield from ((f"{place} /{index}".strip(), item) for index, item in enumerate(whole))
        else:
            yield place, whole


def _texts(
    data: bytes, *, refused: list[tuple[str, str]], name: str, limits: ArchiveLimits
) -> Iterator[tuple[str, bytes]]:
    try:
        inner = data
        if compression(data):
            inner = decompress(data, max_bytes=limits.total_bytes)
        if inner.startswith(_ZIP_MAGIC) or is_tar(inner):
            for member, content in read_archive(data, limits=limits).items():
                if member.endswith(_SUFFIXES):
                    yield f"{name} {member}".strip(), content
        else:
            yield name, inner
    except BadInput as bad:
        refused.append((name, str(bad)))


def _lines(text: bytes, *, name: str, refused: list[tuple[str, str]]) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        place = f"{name} line {number}".strip()
        try:
            yield place, parse_json(line)
        except BadInput as bad:
            refused.append((place, str(bad)))
