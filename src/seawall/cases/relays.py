"""What others call a case, and the chain along which it was passed on."""

from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction

from seawall.cases.models import Case, HandlingId, RelayHop
from seawall.ledger import actions as ledger
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput, one_line


@transaction.atomic
def add_handling_id(
    case: Case, *, system: str, text: str, url: str = "", by: Actor, now: datetime
) -> HandlingId:
    """Keep what another coordinator, vendor or system calls the case. Twice is one; raises
    BadInput."""
    system, text = one_line(system, limit=60), one_line(text, limit=200)
    if not system or not text:
        raise BadInput("a handling id has a system and a text", where="system")
    if url and not is_https(url):
        raise BadInput("not an https address", where="url")
    row, is_new = HandlingId.objects.get_or_create(
        case=case,
        system=system,
        text=text,
        defaults={"url": url, "added_by": str(by)[:120], "added_at": now},
    )
    if is_new:
        facts = {"system": system}
        ledger.record(by=by, what="case.handling_id_added", on=case, facts=facts, at=now)
    return row


def is_https(url: str) -> bool:
    """Whether it is an address with a host that a page may link to."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and len(url) <= 500
    except ValueError:
        return False


@transaction.atomic
def drop_handling_id(row: HandlingId, *, by: Actor, now: datetime) -> None:
    """Take a handling id back that was wrong."""
    facts = {"system": row.system}
    ledger.record(by=by, what="case.handling_id_dropped", on=row.case, facts=facts, at=now)
    row.delete()


@transaction.atomic
def note_hop(
    case: Case,
    *,
    direction: RelayHop.Direction,
    sender: str,
    receiver: str,
    system: str = "",
    tier: Tier,
    key: str | None = None,
    by: Actor,
    now: datetime,
) -> RelayHop:
    """Keep that the case came from, or was passed on to, somebody. With the `key` of an earlier
    call this gives that call's hop and records nothing."""
    if key and (known := RelayHop.objects.filter(key=key).first()):
        return known
    row = RelayHop.objects.create(
        case=case,
        direction=direction.value,
        sender=one_line(sender, limit=200),
        receiver=one_line(receiver, limit=200),
        system=one_line(system, limit=60),
        tier=tier.value,
        at=now,
        key=key,
    )
    facts = {"direction": direction.value, "system": row.system, "tier": tier.name}
    ledger.record(by=by, what="case.relayed", on=case, facts=facts, at=now)
    return row
