"""/ledger: the root of the Merkle log, proofs that anyone can verify, and a full check."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from seawall.api.auth import reader
from seawall.ledger import access, queries
from seawall.ledger.models import Event
from seawall.parties.access import NotFound
from seawall.vocab.errors import BadInput

router = Router(tags=["ledger"])

_MAX = (1 << 63) - 1


class RootOut(Schema):
    """The log at one size; `hash` is hex. Keep it: no earlier event can change unseen."""

    size: int
    hash: str


class InclusionQuery(Schema):
    """`size` 0: the size of now."""

    index: int = Field(ge=0, le=_MAX)
    size: int = Field(default=0, ge=0, le=_MAX)


class InclusionOut(Schema):
    """`leaf` hashes to `leaf_hash` (sha256 of a zero byte and its UTF-8); `path` leads from
    there to the root of `size` events (RFC 9162 §2.1.3.2). Hashes and `salt` are hex. The leaf of
    a public event is its `entry`, and `salt` is empty. Of any other it is three lines:
    "seawall-event v1", the index, and the base64 of sha256(salt + entry). `entry` and `salt` are
    null when the event is about something that this token may not read; the proof holds all the
    same. `leaf` is null for such an event from before there were salts."""

    index: int
    size: int
    entry: str | None
    salt: str | None
    leaf: str | None
    leaf_hash: str
    path: list[str]


class ConsistencyQuery(Schema):
    """`new` 0: the size of now."""

    old: int = Field(ge=1, le=_MAX)
    new: int = Field(default=0, ge=0, le=_MAX)


class ConsistencyOut(Schema):
    """Shows that the log of `new` events only appends to that of `old` (RFC 9162 §2.1.4.2)."""

    old: int
    new: int
    path: list[str]


class CheckOut(Schema):
    sound: bool
    root: RootOut
    problems: list[str]


@router.get("/root", response=RootOut)
def root(request: HttpRequest) -> Any:
    """The size and root hash of now."""
    reader(request)
    return _root(queries.root())


@router.get("/inclusion", response=InclusionOut)
def inclusion(request: HttpRequest, asked: Query[InclusionQuery]) -> Any:
    """One event and the proof that it is in the log."""
    by = reader(request)
    size = _size(asked.size, where="size")
    event = Event.objects.filter(index=asked.index).first()
    if event is None or asked.index >= size:
        raise NotFound(f"The log of {size} events has no event {asked.index}.")
    path = queries.inclusion_proof(asked.index, size=size)
    told = access.told(by, event, now=timezone.now())
    return {
        "index": asked.index,
        "size": size,
        "entry": told.entry,
        "salt": None if told.salt is None else told.salt.hex(),
        "leaf": None if told.leaf is None else told.leaf.decode(),
        "leaf_hash": bytes(event.leaf_hash).hex(),
        "path": [each.hex() for each in path],
    }


@router.get("/consistency", response=ConsistencyOut)
def consistency(request: HttpRequest, asked: Query[ConsistencyQuery]) -> Any:
    """The proof that the log only grew between two sizes."""
    reader(request)
    new = _size(asked.new, where="new")
    if asked.old > new:
        raise BadInput(f"the log of {new} events cannot extend one of {asked.old}", where="old")
    path = queries.consistency_proof(old=asked.old, new=new)
    return {"old": asked.old, "new": new, "path": [each.hex() for each in path]}


@router.get("/verify", response=CheckOut)
def verify(request: HttpRequest) -> Any:
    """Recompute every hash from the entries and compare with all that is stored."""
    reader(request)
    found = queries.verify()
    return {"sound": found.sound, "root": _root(found.root), "problems": found.problems}


def _size(asked: int, *, where: str) -> int:
    have = queries.root().size
    if asked > have:
        raise BadInput(f"the log has {have} events, not {asked}", where=where)
    return asked or have


def _root(found: queries.Root) -> dict[str, Any]:
    return {"size": found.size, "hash": found.hash.hex()}
