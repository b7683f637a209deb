"""The leaf of an event: the bytes that the public log holds for it.

A public event's leaf is its entry. Any other's is a commitment: the entry's digest with a salt
that only who may read the event gets, so that nobody else can guess short facts by hashing. Rows
from before there were salts have none, and their entries as leaves, which are not given out.
"""

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

from seawall.ledger.public_words import is_public

if TYPE_CHECKING:
    from seawall.ledger.models import Event

SALT_BYTES = 16


def commitment(*, index: int, salt: bytes, entry: str) -> bytes:
    """The leaf of an event that is not public."""
    digest = b64encode(sha256(salt + entry.encode()).digest())
    return b"seawall-event v1\n%d\n%s\n" % (index, digest)


def leaf(*, index: int, salt: bytes, entry: str) -> bytes:
    """What the log holds for an entry; without a salt it is the entry."""
    return commitment(index=index, salt=salt, entry=entry) if salt else entry.encode()


def leaf_of(event: "Event") -> bytes:
    """What the public log holds for the event; its leaf hash is sha256 of a zero byte and this."""
    return leaf(index=event.index, salt=bytes(event.salt), entry=event.entry)


def is_open(event: "Event") -> bool:
    """Whether everybody may have the leaf: not the entries of old rows that are not public."""
    return bool(bytes(event.salt)) or is_public(event.what)
