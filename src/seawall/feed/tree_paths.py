"""Paths of the public tree: which may be used, and where the content of a path is kept."""

import hashlib
import unicodedata
from base64 import b32encode
from dataclasses import dataclass

from seawall.vocab.errors import BadInput

_MAX_PATH = 1024
_MAX_NAME = 255


def checked_path(path: str) -> str:
    """`path` as it is, or BadInput: relative, parts of at most 255 bytes joined by "/", in NFC,
    without control characters, backslashes, "." or ".."."""
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise BadInput("no path of the public tree", where=path, mend="write it as a/b/c")
    if any(unicodedata.category(c)[0] == "C" or c in "\\\u2028\u2029" for c in path):
        raise BadInput("a character that no path may hold", where=path)
    if unicodedata.normalize("NFC", path) != path:
        raise BadInput("the path is not in Unicode normal form C", where=path)
    if len(path.encode()) > _MAX_PATH or any(len(part.encode()) > _MAX_NAME for part in parts):
        raise BadInput("the path is too long", where=path)
    return path


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the content of a replaceable path is kept: the file `name` in the folder `low` of the
    folder `high`. 64 x 64 folders keep a change small: with 500,000 files it copies 64 + 64 links
    and about 122 names."""

    high: str
    low: str
    name: str


def slot_of(path: str) -> Slot:
    """The slot of a path, drawn from its sha256: 132 bits."""
    digest = hashlib.sha256(path.encode()).digest()
    first = int.from_bytes(digest[:2], "big")
    name = b32encode(digest[2:17]).decode().lower()
    return Slot(f"{first >> 10:02x}", f"{(first >> 4) & 63:02x}", name)
