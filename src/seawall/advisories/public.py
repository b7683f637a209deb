"""What everybody may read: published advisories, their published revisions, and the proof that
the ledger holds their publication. Nothing unpublished is reached from here."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from seawall.advisories.models import Advisory, Revision
from seawall.ledger import queries as ledger
from seawall.ledger.models import Event
from seawall.parties.access import NotFound


def published() -> QuerySet[Advisory]:
    """Published advisories, newest first, each with its published revisions, oldest first."""
    return (
        Advisory.objects.filter(published_at__isnull=False)
        .prefetch_related(
            Prefetch("revisions", Revision.objects.filter(published_at__isnull=False))
        )
        .order_by("-pk")
    )


def published_advisory(public_id: str) -> Advisory:
    """One published advisory by `SEAWALL-2026-0001`; raises NotFound, the same whether it is
    absent or not published."""
    parts = re.fullmatch(r"SEAWALL-([0-9]{4})-([0-9]{1,9})", public_id.strip(), re.I)
    found = None
    if parts:
        found = published().filter(year=int(parts[1]), number=int(parts[2])).first()
    if found is None:
        raise NotFound(f"There is no advisory {public_id}.")
    return found


def newest_published(advisory: Advisory) -> Revision:
    """The newest published revision of an advisory that `published` gave; raises NotFound."""
    revisions = list(advisory.revisions.all())
    if not revisions:
        raise NotFound(f"There is no advisory {advisory.public_id}.")
    return max(revisions, key=lambda each: each.number)


def document_bytes(document: Any) -> bytes:
    """A document as it is given out; its digest is over these bytes."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def digests(documents: dict[str, Any]) -> dict[str, str]:
    """File name → sha256 (hex) of the document as it is given out."""
    return {
        name: hashlib.sha256(document_bytes(document)).hexdigest()
        for name, document in documents.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """The ledger's event about a publication, with the path from it to the root of `size` events
    (RFC 9162 §2.1.3.2). Hashes are hex."""

    index: int
    entry: str
    leaf_hash: str
    path: tuple[str, ...]
    size: int
    root: str


def publication(advisory: Advisory, revision: Revision) -> Publication | None:
    """The event with which `revision` became public, and the proof that the ledger holds it."""
    events = ledger.events_about(f"advisory:{advisory.public_id}")
    event = next((each for each in reversed(events) if _is_of(each, revision)), None)
    if event is None:
        return None
    root = ledger.root()
    path = ledger.inclusion_proof(event.index, size=root.size)
    return Publication(
        index=event.index,
        entry=event.entry,
        leaf_hash=bytes(event.leaf_hash).hex(),
        path=tuple(each.hex() for each in path),
        size=root.size,
        root=root.hash.hex(),
    )


def _is_of(event: Event, revision: Revision) -> bool:
    if event.what != "advisory.published":
        return False
    facts = json.loads(event.entry).get("facts", {})
    return bool(facts.get("revision") == revision.number)
