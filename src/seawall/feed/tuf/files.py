"""Files of the repository: read from a tree or a draft of it, written compactly and signed."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tuf.api.metadata import Metadata, Root, Targets

from seawall.feed.tuf.keys import Signs, key_id
from seawall.feed.tuf.roles import METADATA, metadata_path

SPEC_VERSION = "1.0.31"
_EXPIRES = re.compile(rb'"expires":"([0-9TZ:-]{20})"')


class Reader(Protocol):
    """A tree, or a draft of it, to be read."""

    def read(self, path: str) -> bytes: ...

    def exists(self, path: str) -> bool: ...


class Writer(Reader, Protocol):
    """A draft of a tree."""

    def put(self, path: str, data: bytes) -> None: ...

    def add(self, path: str, data: bytes) -> None: ...

    def remove(self, path: str) -> None: ...


def canonical(signed: Mapping[str, Any]) -> bytes:
    """OLPC canonical JSON, which TUF signs, of values without control characters and floats."""
    text = json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def signed_file(signed: Mapping[str, Any], signers: Sequence[Signs]) -> bytes:
    """The file of a role: compact, in canonical form, signed by all of `signers`."""
    body = canonical(signed)
    signatures = [{"keyid": key_id(one.public), "sig": one.sign(body).hex()} for one in signers]
    return b'{"signatures":%s,"signed":%s}' % (canonical_list(signatures), body)


def canonical_list(values: Sequence[Mapping[str, str]]) -> bytes:
    """A list of flat objects in the same form."""
    return b"[" + b",".join(canonical(value) for value in values) + b"]"


def read_file(files: Reader, role: str, version: int) -> dict[str, Any]:
    """A version of a role as JSON, with its signatures."""
    document: dict[str, Any] = json.loads(files.read(metadata_path(role, version)))
    return document


def read_signed(files: Reader, role: str, version: int) -> dict[str, Any]:
    """What is signed in a version of a role."""
    signed: dict[str, Any] = read_file(files, role, version)["signed"]
    return signed


def signed_by(document: Mapping[str, Any]) -> set[str]:
    """The ids of the keys whose signatures a file has."""
    return {one["keyid"] for one in document["signatures"]}


def read_expiry(data: bytes) -> str:
    """When the file of a role ends, without reading all of it."""
    found = _EXPIRES.search(data)
    return found[1].decode() if found else ""


def newest_root_version(files: Reader) -> int:
    """The version of the newest root; 0 before the first ceremony."""
    version = 0
    while files.exists(f"{METADATA}/{version + 1}.root.json"):
        version += 1
    return version


def read_root(files: Reader, version: int) -> Metadata[Root]:
    """A version of the root."""
    return Metadata[Root].from_bytes(files.read(metadata_path("root", version)))


def read_targets(files: Reader, role: str, version: int) -> Metadata[Targets]:
    """A version of targets or of a delegated role."""
    return Metadata[Targets].from_bytes(files.read(metadata_path(role, version)))
