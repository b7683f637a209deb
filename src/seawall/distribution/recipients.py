"""Recipients of what is not public: added with a sponsor and a reason for a time, and revoked."""

from datetime import datetime, timedelta

from django.db import transaction

from seawall.distribution.models import Recipient
from seawall.feed.restricted import read_recipient
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties.models import Party
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput, one_line

LONGEST = timedelta(days=366)
CLEAR = "deliveries.clear"
"""The work of taking away what may no longer be had."""


class RecipientRefused(ValueError):
    """A rule about recipients says no; the message says why. Retrying does not help."""


@transaction.atomic
def add(
    party: Party,
    *,
    age_key: str,
    tier: Tier,
    sponsor: str,
    reason: str,
    expires_at: datetime,
    by: Actor,
    now: datetime,
) -> Recipient:
    """Let a party have deliveries up to `tier`, encrypted to `age_key`, until `expires_at`. What
    it then gets of a case is what the case's access lets it read. Raises BadInput or
    RecipientRefused."""
    age_key = read_recipient(age_key)
    sponsor, reason = one_line(sponsor, limit=120), one_line(reason, limit=500)
    if tier not in (Tier.T2, Tier.T3):
        raise BadInput("a delivery is of tier T2 or T3", where="tier")
    for where, text in (("sponsor", sponsor), ("reason", reason)):
        if not text:
            raise BadInput(f"a recipient needs a {where}", where=where)
    if not now < expires_at <= now + LONGEST:
        raise BadInput("it ends in the future, within a year", where="until")
    party = Party.objects.select_for_update(no_key=True).get(pk=party.pk)
    if not party.is_active:
        raise RecipientRefused(f"{party.public_id} is deactivated.")
    if Recipient.objects.filter(party=party, age_key=age_key, revoked_at=None).exists():
        raise RecipientRefused("The party has this key already; revoke it first.")
    row = Recipient.objects.create(
        party=party,
        age_key=age_key,
        tier=tier.value,
        sponsor=sponsor,
        reason=reason,
        added_by=str(by),
        added_at=now,
        expires_at=expires_at,
    )
    facts = {
        "party": party.public_id,
        "tier": tier.name,
        "key": age_key,
        "until": expires_at.isoformat(),
    }
    ledger.record(by=by, what="recipient.added", on=row, facts=facts, at=now)
    return row


@transaction.atomic
def revoke(row: Recipient, *, by: Actor, now: datetime) -> Recipient:
    """End it at once: nothing more is made for it and what waits is not given out. What was
    fetched before stays with its party. Twice is once."""
    row = Recipient.objects.select_for_update().select_related("party").get(pk=row.pk)
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by = now, str(by)
        row.save(update_fields=["revoked_at", "revoked_by"])
        ledger.record(by=by, what="recipient.revoked", on=row, at=now)
        outbox.send(CLEAR, due_at=now)
    return row


def holds(row: Recipient, *, now: datetime) -> bool:
    """Whether the recipient may get anything now; its party must be at hand."""
    return row.revoked_at is None and now < row.expires_at and row.party.is_active
