"""The index on disk: one zstd frame of JSON lines behind a line that names the format.

First line after decompression: counts. Then one line per advisory, then one per package, its key
before a tab. No line is interpreted when the file is opened.
"""

import io
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import zstandard

from seawall.matching.rows import Rows
from seawall.vocab.errors import BadInput

_MAGIC = b"seawall advisory index 3\n"
_MAX_BYTES = 8 << 30
_MEND = "build the index again"


def write(path: Path, rows: Rows) -> None:
    """Write `rows` to `path`; a reader sees the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(_MAGIC)
            with zstandard.ZstdCompressor(level=6).stream_writer(out, closefd=False) as packed:
                for line in _lines(rows):
                    packed.write(line + b"\n")
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _lines(rows: Rows) -> Iterator[bytes]:
    header = {
        "advisories": len(rows.advisories),
        "packages": len(rows.packages),
        "ecosystems": rows.ecosystems,
        "skipped": rows.skipped,
    }
    yield json.dumps(header).encode()
    yield from rows.advisories
    for key, line in rows.packages.items():
        yield key.encode() + b"\t" + line


def read(path: Path) -> Rows:
    """Read rows back; BadInput when the file is not an index of this format or is damaged."""
    data = path.read_bytes()
    if not data.startswith(_MAGIC):
        raise BadInput("not a Seawall advisory index", where=str(path), mend=_MEND)
    lines = _unpack(data[len(_MAGIC) :], path).split(b"\n")
    try:
        header = json.loads(lines[0])
        count, packages = int(header["advisories"]), int(header["packages"])
        if len(lines) != count + packages + 2 or lines[-1]:
            raise ValueError("counts differ")
        return Rows(
            advisories=lines[1 : 1 + count],
            packages=dict(_package(line) for line in lines[1 + count : -1]),
            ecosystems=Counter(header["ecosystems"]),
            skipped=Counter(header["skipped"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"the advisory index is damaged: {error}", where=str(path), mend=_MEND
        ) from None


def _unpack(data: bytes, path: Path) -> bytes:
    try:
        with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)) as stream:
            plain = stream.read(_MAX_BYTES + 1)
    except zstandard.ZstdError as error:
        raise BadInput(
            f"the advisory index is damaged: {error}", where=str(path), mend=_MEND
        ) from None
    if len(plain) > _MAX_BYTES:
        raise BadInput(
            f"the advisory index is larger than {_MAX_BYTES} bytes", where=str(path), mend=_MEND
        )
    return plain


def _package(line: bytes) -> tuple[str, bytes]:
    ecosystem, name, row = line.split(b"\t", 2)
    return f"{ecosystem.decode()}\t{name.decode()}", row
