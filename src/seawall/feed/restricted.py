"""One recipient's copy of what is not public: an archive with marks, encrypted with age
(age-encryption.org/v1) to the recipient's key, its size rounded up to whole 4 KiB."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pyrage

from seawall.feed.marks import MARK_FILE, Mark, Marker, same_json, same_toml, same_words
from seawall.vocab.errors import BadInput

BLOCK = 4096
MAX_ARCHIVE_BYTES = 32 << 20
MARK_FORMAT = "seawall-mark/1"
_CHUNK, _TAG = 1 << 16, 16
_USUAL_OVERHEAD = 300
"""Bytes that age adds to an empty file; its header has a part of random length."""
_TRIES = 5000


class Form(StrEnum):
    """How far the bytes of a member may change without a change of what they mean."""

    EXACT = "exact"
    JSON = "json"
    TOML = "toml"
    WORDS = "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file of the copy."""

    path: str
    data: bytes
    form: Form = Form.EXACT


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy as its recipient gets it, with the digests (sha256, hex) by which it is known."""

    ciphertext: bytes
    ciphertext_digest: str
    plaintext_digest: str


def read_recipient(text: str) -> str:
    """An age recipient in its one spelling; raises BadInput. Keys of plugins are not taken."""
    try:
        return str(pyrage.x25519.Recipient.from_str(text.strip()))
    except pyrage.RecipientError as error:
        raise BadInput(
            "this is not an age recipient", where="age key", mend="make one with age-keygen: age1…"
        ) from error


def make_copy(
    members: Sequence[Member],
    *,
    visible: Mapping[str, Any],
    marker: Marker,
    mark: Mark,
    recipient: str,
) -> Copy:
    """Pack, mark and encrypt; `visible` is what the recipient reads in the visible mark. Raises
    BadInput when it is too large or has two members of one name."""
    archive = pack(members, visible=visible, marker=marker, mark=mark)
    if len(archive) > MAX_ARCHIVE_BYTES:
        raise BadInput(f"a copy may take {MAX_ARCHIVE_BYTES >> 20} MiB", where=mark.id)
    plain = archive + marker.padding(mark, _fill(len(archive)))
    sealed = _encrypt(plain, recipient)
    return Copy(
        ciphertext=sealed,
        ciphertext_digest=hashlib.sha256(sealed).hexdigest(),
        plaintext_digest=hashlib.sha256(plain).hexdigest(),
    )


def pack(
    members: Sequence[Member], *, visible: Mapping[str, Any], marker: Marker, mark: Mark
) -> bytes:
    """The archive, a plain tar, with every mark but the padding."""
    files = {each.path: _marked(each, marker, mark) for each in members}
    if len(files) != len(members) or MARK_FILE in files:
        raise BadInput("two members of a copy have one name", where=mark.id)
    files[MARK_FILE] = _visible(files, visible, marker, mark)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in marker.order(mark, list(files)):
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(files[name]), marker.moment(mark, name)
            info.mode = 0o600
            archive.addfile(info, io.BytesIO(files[name]))
    return out.getvalue()


def _visible(
    files: Mapping[str, bytes], visible: Mapping[str, Any], marker: Marker, mark: Mark
) -> bytes:
    said = {
        "format": MARK_FORMAT,
        "mark": mark.id,
        "made_at": mark.made_at.isoformat(),
        "seal": marker.seal(mark),
        "note": (
            "This copy was made for the recipient named here and for nobody else. It carries "
            "further marks that cannot be seen."
        ),
        **visible,
        "files": {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)},
    }
    text = json.dumps(said, indent=2, ensure_ascii=False) + "\n"
    return marker.text(mark, text, same=same_json).encode()


_SAME: Mapping[Form, Callable[[str, str], bool]] = {
    Form.JSON: same_json,
    Form.TOML: same_toml,
    Form.WORDS: same_words,
}


def _marked(member: Member, marker: Marker, mark: Mark) -> bytes:
    """The member with marks at the ends of its lines, where its form allows them."""
    same = _SAME.get(member.form)
    if same is None:
        return member.data
    try:
        text = member.data.decode()
        return marker.text(mark, text, same=same).encode()
    except (UnicodeDecodeError, ValueError):
        return member.data


def _fill(size: int) -> int:
    """How many bytes after an archive of this size usually make whole blocks of the ciphertext."""
    for more in range(64, 64 + 4 * BLOCK):
        whole = size + more
        if (_USUAL_OVERHEAD + whole + _TAG * ((whole - 1) // _CHUNK)) % BLOCK == 0:
            return more
    raise AssertionError("every size has a filling")


def _encrypt(plain: bytes, recipient: str) -> bytes:
    """Encrypt until the part of random length in age's header makes whole blocks."""
    to = [pyrage.x25519.Recipient.from_str(recipient)]
    for _ in range(_TRIES):
        sealed: bytes = pyrage.encrypt(plain, to)
        if len(sealed) % BLOCK == 0:
            return sealed
    raise RuntimeError(f"no encryption in {_TRIES} came out in whole blocks")
