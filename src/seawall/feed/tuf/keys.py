"""Keys of the repository: Seawall's Ed25519 keys as TUF sees them, and the online ones by id."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from securesystemslib.signer import Key, SSlibKey

from seawall.signing.keys import Keys, KeyUnusable, PublicKey, Signer

ONLINE = ("snapshot", "timestamp", "publisher")
"""Names under which the online keys of the repository lie among the installation's keys."""
NEXT = "-next"
"""Added to the name of a key that a prepared rotation will bring into use."""

_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aiou"


class Signs(Protocol):
    """What signs metadata: a key in this process, wherever it came from."""

    @property
    def public(self) -> PublicKey: ...

    def sign(self, message: bytes) -> bytes: ...


def tuf_key(public: PublicKey, *, holder: str = "") -> SSlibKey:
    """The key as metadata lists it; its id is the digest that TUF 1.0 §4.2 describes."""
    key = SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(public.raw))
    if holder:
        key.unrecognized_fields["x-seawall-holder"] = holder
    return key


def key_id(public: PublicKey) -> str:
    """The id of a key in the repository, hex."""
    return str(tuf_key(public).keyid)


def holder_of(key: Key) -> str:
    """Who holds the key, as its maker wrote it; "" when nobody said."""
    holder = key.unrecognized_fields.get("x-seawall-holder", "")
    return holder if isinstance(holder, str) else ""


def public_of(key: Key) -> PublicKey:
    """The key as Seawall uses it, or KeyUnusable when it is of another kind."""
    if key.keytype != "ed25519" or key.scheme != "ed25519":
        raise KeyUnusable(f"The key {key.keyid[:12]} is of the kind {key.keytype}.")
    return PublicKey(raw=bytes.fromhex(key.keyval["public"]))


def words(id: str) -> str:
    """Half of a key id (128 bits) as eight words that can be read out and compared."""
    halves = (int(id[at : at + 4], 16) for at in range(0, 32, 4))
    return " ".join(_word(half) for half in halves)


def _word(bits: int) -> str:
    """16 bits as consonant, vowel, consonant, vowel, consonant: 4 + 2 + 4 + 2 + 4 bits."""
    return (
        _CONSONANTS[bits >> 12]
        + _VOWELS[bits >> 10 & 3]
        + _CONSONANTS[bits >> 6 & 15]
        + _VOWELS[bits >> 4 & 3]
        + _CONSONANTS[bits & 15]
    )


@dataclass(frozen=True, slots=True)
class OnlineKeys:
    """The online keys of this installation, found by id: those in use and those to come."""

    keys: Keys

    def for_ids(self, ids: Iterable[str], *, need: int, role: str) -> Sequence[Signer]:
        """Signers for `need` of `ids`; KeyUnusable when this installation has fewer."""
        wanted = set(ids)
        found = [signer for signer in self._all() if key_id(signer.public) in wanted][:need]
        if len(found) < need:
            raise KeyUnusable(
                f"No key of this installation may sign {role}: it lost its key, or the "
                "rotation that names another one was made elsewhere."
            )
        return found

    def _all(self) -> Iterable[Signer]:
        for name in ONLINE:
            for variant in (name, f"{name}{NEXT}"):
                with suppress(KeyUnusable):
                    yield self.keys.get(variant)
