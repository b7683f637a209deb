"""Signed notes and verifier keys (C2SP signed-note)."""

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256

from seawall.signing.keys import PublicKey, Signer
from seawall.vocab.errors import BadInput

ED25519 = 1
"""The kind of key that signs the text of a note."""
COSIGNATURE = 4
"""The kind of key with which a witness cosigns a checkpoint at a time; see `cosignatures`."""

MAX_NOTE_BYTES = 1 << 20
MAX_SIGNATURES = 100
MAX_NAME = 255
_DASH = "\N{EM DASH} "


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteKey:
    """An Ed25519 key under a name, for notes or for cosignatures. Raises BadInput for a name that
    notes cannot hold: an empty one, one with white space or a plus sign."""

    name: str
    public: PublicKey
    kind: int = ED25519

    def __post_init__(self) -> None:
        _require_name(self.name)

    @property
    def id(self) -> bytes:
        """Four bytes that with the name say which key signed."""
        return sha256(self.name.encode() + b"\n" + self._encoded()).digest()[:4]

    @property
    def text(self) -> str:
        """The verifier key as people pass it on: name+id+key."""
        return f"{self.name}+{self.id.hex()}+{_base64(self._encoded())}"

    @classmethod
    def parse(cls, text: str) -> "NoteKey":
        """Read a verifier key; raises BadInput unless its id is that of its name and key."""
        parts = text.split("+", 2)
        if len(parts) != 3 or not re.fullmatch("[0-9a-f]{8}", parts[1]):
            raise BadInput("a verifier key reads name+hash+key", where=text[:80])
        encoded = _bytes(parts[2])
        if len(encoded) != 33 or encoded[0] not in (ED25519, COSIGNATURE):
            raise BadInput("the key is neither Ed25519 nor a cosigner's Ed25519", where=text[:80])
        key = cls(name=parts[0], kind=encoded[0], public=PublicKey(raw=encoded[1:]))
        if key.id.hex() != parts[1]:
            raise BadInput("the hash is not that of this name and key", where=text[:80])
        return key

    def _encoded(self) -> bytes:
        return bytes([self.kind]) + self.public.raw


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature below a note; what the bytes are depends on the kind of its key."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note, with its newline."""
        return f"{_DASH}{self.name} {_base64(self.key_id + self.signature)}\n"

    @classmethod
    def parse(cls, line: str) -> "NoteSignature":
        """Read a line without its newline; raises BadInput."""
        parts = line.removeprefix(_DASH).split(" ")
        if not line.startswith(_DASH) or len(parts) != 2:
            raise BadInput("a signature line is a dash, a name and base64", where=line[:80])
        _require_name(parts[0])
        raw = _bytes(parts[1])
        if len(raw) < 5:
            raise BadInput("a signature begins with the four bytes of its key", where=line[:80])
        return cls(name=parts[0], key_id=raw[:4], signature=raw[4:])

    def is_by(self, key: NoteKey) -> bool:
        """Whether it says that this key made it; that proves nothing yet."""
        return (self.name, self.key_id) == (key.name, key.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text that ends in a newline, and the signatures below it."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(each.line for each in self.signatures)

    @classmethod
    def parse(cls, raw: bytes | str) -> "Note":
        """Read a note; raises BadInput. Nothing is verified yet."""
        text = _utf8(raw)
        if any(c < " " and c != "\n" for c in text):
            raise BadInput("a note holds no control characters")
        end = text.rfind("\n\n")
        lines = text[end + 2 :].split("\n")
        if end < 0 or lines.pop() != "" or not lines:
            raise BadInput("a note is a text, an empty line and signatures, each with a newline")
        if len(lines) > MAX_SIGNATURES:
            raise BadInput(f"a note has at most {MAX_SIGNATURES} signatures")
        signatures = tuple(NoteSignature.parse(line) for line in lines)
        return cls(text=text[: end + 1], signatures=signatures)

    def is_signed_by(self, key: NoteKey) -> bool:
        """Whether an Ed25519 key signed the text; one bad signature of it spoils the others."""
        message = self.text.encode()
        found = [each.signature for each in self.signatures if each.is_by(key)]
        return (
            key.kind == ED25519
            and bool(found)
            and all(key.public.verify(signature=each, message=message) for each in found)
        )


def sign_note(text: str, *, name: str, signer: Signer) -> Note:
    """The note of `text`, signed under `name`."""
    if not text.endswith("\n"):
        raise ValueError("the text of a note ends in a newline")
    key = NoteKey(name=name, public=signer.public)
    signature = NoteSignature(name=name, key_id=key.id, signature=signer.sign(text.encode()))
    return Note(text=text, signatures=(signature,))


def _utf8(raw: bytes | str) -> str:
    if len(raw) > MAX_NOTE_BYTES:
        raise BadInput(f"a note takes at most {MAX_NOTE_BYTES} bytes")
    if isinstance(raw, str):
        return raw
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise BadInput("a note is UTF-8, this is not") from error


def _require_name(name: str) -> None:
    if (
        not 0 < len(name) <= MAX_NAME
        or "+" in name
        or any(c.isspace() or not c.isprintable() for c in name)
    ):
        raise BadInput(
            f"a key's name has 1 to {MAX_NAME} characters, no white space, no plus", where=name[:80]
        )


def _bytes(text: str) -> bytes:
    """Standard base64 in its one spelling."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("this is not base64", where=text[:80]) from error
    if _base64(raw) != text:
        raise BadInput("this is not the one spelling of its base64", where=text[:80])
    return raw


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
