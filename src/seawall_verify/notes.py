"""Signed notes: a text and signature lines below it (C2SP signed-note)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seawall_verify.failures import VerificationFailed
from seawall_verify.keys import VerifierKey, is_name
from seawall_verify.texts import shown, unbase64

MAX_NOTE_BYTES = 64 * 1024
MAX_SIGNATURES = 64
_DASH = "\N{EM DASH} "


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature line: whose it says it is, and the bytes that its algorithm made."""

    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note that was read, not yet verified; `text` ends in a newline."""

    text: str
    signatures: tuple[Signature, ...]

    def by(self, keys: Sequence[VerifierKey]) -> Iterator[tuple[VerifierKey, bytes]]:
        """The signatures that name one of `keys`, unverified; all others are to be ignored."""
        for signature in self.signatures:
            for key in keys:
                if (key.name, key.id) == (signature.name, signature.key_id):
                    yield key, signature.value


def read_note(text: str) -> Note:
    """Read a signed note, or raise VerificationFailed."""
    _refuse_foreign_characters(text)
    body, gap, lines = text.rpartition("\n\n")
    if not gap or not body or not lines.endswith("\n"):
        raise VerificationFailed(
            "A signed note is text, an empty line and signature lines; this is not."
        )
    found = lines[:-1].split("\n")
    if len(found) > MAX_SIGNATURES:
        raise VerificationFailed(f"The note has {len(found)} signatures; {MAX_SIGNATURES} can be.")
    return Note(text=body + "\n", signatures=tuple(_signature(line) for line in found))


def _refuse_foreign_characters(text: str) -> None:
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        raise VerificationFailed("The note is not UTF-8 text.") from None
    if length > MAX_NOTE_BYTES:
        raise VerificationFailed(f"The note has {length} bytes; {MAX_NOTE_BYTES} can be.")
    if any(c < " " and c != "\n" for c in text):
        raise VerificationFailed("The note holds control characters.")


def _signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not is_name(name):
        raise VerificationFailed(f"This is not a signature line of a note: {shown(line)}.")
    data = unbase64(encoded, f"The signature of {shown(name)}")
    if len(data) <= 4:
        raise VerificationFailed(f"The signature of {shown(name)} is empty.")
    return Signature(name=name, key_id=data[:4], value=data[4:])
