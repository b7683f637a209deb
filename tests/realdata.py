"""The optional folder of real data: `SEAWALL_DATA`, else ../shared/data beside the repository.

Tests that use it skip, saying so, where it is absent.
"""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

_REPOSITORY = Path(__file__).resolve().parent.parent


def data(path: str) -> Path:
    """The file at `path` in the data folder; skips the test when it is not there."""
    folder = Path(os.environ.get("SEAWALL_DATA") or _REPOSITORY.parent / "shared" / "data")
    found = folder / path
    if not found.exists():
        pytest.skip(f"real data is absent: {path} (set SEAWALL_DATA)")
    return found


def read_bytes(path: str) -> bytes:
    """The content of a data file, decompressed when it ends in .zst."""
    raw = data(path).read_bytes()
    if not path.endswith(".zst"):
        return raw
    with zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(io.BytesIO(raw)) as stream:
        return stream.read()


def read_json(path: str) -> Any:
    """A JSON data file."""
    return json.loads(read_bytes(path))


def read_jsonl(path: str) -> Iterator[Any]:
    """The records of a JSON-lines data file."""
    for line in read_bytes(path).splitlines():
        if line.strip():
            yield json.loads(line)
