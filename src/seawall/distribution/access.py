"""Who sees what of the distribution; doors obtain it only here.

Client keys are their own party's and the house's. Receipts are too, but the party's own name of
the system and the envelope, which holds it, are the party's alone, as its inventory is.
Recipients of the restricted lane are the house's and, each its own, the parties'; a delivery is
for its recipient's party and the house knows of it.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from seawall.core import access as rules
from seawall.core.public_ids import id_number, short_number
from seawall.distribution.models import ClientKey, Delivery, Recipient
from seawall.parties.access import NotFound, NotPermitted, demand, is_house, require
from seawall.parties.models import Party, Scope
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Refused


def client_keys(by: Actor) -> QuerySet[ClientKey]:
    """The keys of one's own parties, all for the house, newest first."""
    require(by, Scope.READ)
    return _own(ClientKey.objects.select_related("party"), by)


def client_key(by: Actor, public_id: str) -> ClientKey:
    """A key by `CK-1` that `by` may revoke. Raises NotFound for one that is not shown,
    NotPermitted for who may only see it."""
    require(by, Scope.SUBMIT)
    rows = _own(ClientKey.objects.select_related("party"), by)
    found = rows.filter(pk=short_number("CK", public_id)).first()
    if found is None:
        raise NotFound(f"There is no client key {public_id}.")
    demand(rules.may_submit(by, party=found.party_id))
    return found


def party_for(by: Actor, named: str = "") -> Party:
    """The party in whose name `by` registers keys and sends receipts: the one named, else the
    only one that they act for. Raises NotFound or NotPermitted."""
    require(by, Scope.SUBMIT)
    rows = Party.objects.filter(is_active=True)
    if not by.is_installation:
        rows = rows.filter(pk__in=by.parties)
    if named:
        number = short_number("P", named)
        found = rows.filter(Q(pk=number) if number else Q(name__iexact=named.strip())).first()
        if found is None:
            raise NotFound(f"There is no party {named}.")
    else:
        found = _only(rows, by)
    demand(rules.may_submit(by, party=found.pk))
    return found


def recipients(by: Actor) -> QuerySet[Recipient]:
    """One's own party's entries, all for the house, newest first."""
    require(by, Scope.READ)
    return _own(Recipient.objects.select_related("party"), by)


def recipient(by: Actor, public_id: str) -> Recipient:
    """One recipient by `RP-1`; raises NotFound, the same whether it is absent or hidden."""
    found = recipients(by).filter(pk=short_number("RP", public_id)).first()
    if found is None:
        raise NotFound(f"There is no recipient {public_id}.")
    return found


def demand_recipients(by: Actor) -> None:
    """Raise NotPermitted unless `by` may say who gets what is not public: leads of the house."""
    require(by, Scope.COORDINATE)
    if not is_house(by, at_least=MemberRole.LEAD):
        demand(Refused("it takes a lead of the house"))


def deliveries(by: Actor) -> QuerySet[Delivery]:
    """What was made for one's own parties, everything for the house, newest first. To have a
    file is `delivery_to_fetch`."""
    require(by, Scope.READ)
    return _own(
        Delivery.objects.select_related("recipient__party", "case"), by, party="recipient__party"
    )


def delivery(by: Actor, public_id: str) -> Delivery:
    """One delivery by `D-2026-000001`; raises NotFound, the same whether it is absent or hidden."""
    found = deliveries(by).filter(pk=id_number("D", public_id)).first()
    if found is None or found.public_id.split("-")[1] != public_id.strip().split("-")[1]:
        raise NotFound(f"There is no delivery {public_id}.")
    return found


def delivery_to_fetch(by: Actor, public_id: str) -> Delivery:
    """A delivery whose ciphertext `by` may download: a member of the recipient's party, nobody
    else. Raises NotFound or NotPermitted."""
    found = delivery(by, public_id)
    demand_recipient(by, [found.recipient])
    return found


def demand_recipient(by: Actor, rows: Iterable[Recipient]) -> None:
    """Raise NotPermitted unless `by` works for the party of one of these."""
    parties = {row.party_id for row in rows}
    if not any(
        seat.party in parties and seat.role.rank >= MemberRole.MEMBER.rank for seat in by.seats
    ):
        demand(Refused("it takes a member of the party that it was made for"))


def _own(rows: QuerySet, by: Actor, *, party: str = "party") -> QuerySet:  # type: ignore[type-arg]
    return rows if is_house(by) else rows.filter(**{f"{party}__in": by.parties})


def _only(rows: QuerySet[Party], by: Actor) -> Party:
    found = list(rows[:2]) if by.seats else []
    if len(found) != 1:
        raise NotPermitted("Say for which party: you act for none, or for several.")
    return found[0]
