"""Who sees what of the distribution; doors obtain it only here.

Client keys are their own party's and the house's. Receipts are too, but the party's own name of
the system and the envelope, which holds it, are the party's alone, as its inventory is.
Recipients of the restricted lane are the house's and, each its own, the parties'; a delivery is
for its recipient's party and the house knows of it.
"""

import re
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from seawall.cases.reading import visible_cases
from seawall.core import access as rules
from seawall.core.public_ids import id_number, short_number
from seawall.distribution import metrics
from seawall.distribution.metrics import Timeline
from seawall.distribution.models import ClientKey, Delivery, Recipient, SignedReceipt
from seawall.distribution.recipients import holds
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, NotPermitted, demand, is_house, require
from seawall.parties.models import Party, Scope
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Allowed, Decision, Refused


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


def receipts(by: Actor, *, release: str = "") -> QuerySet[SignedReceipt]:
    """The receipts of one's own parties, all for the house, newest first; of one advisory by
    `SEAWALL-2026-0001` when `release` is given. `shows_asset` says of which the system's name and
    the envelope may be shown."""
    require(by, Scope.READ)
    rows = _own(
        SignedReceipt.objects.select_related("party", "key", "release__revision__advisory"), by
    )
    return rows.filter(_of_advisory(release)) if release else rows


def receipt(by: Actor, public_id: str) -> SignedReceipt:
    """One receipt by `RC-2026-000001`; raises NotFound, the same whether it is absent or
    hidden."""
    found = receipts(by).filter(pk=id_number("RC", public_id)).first()
    if found is None or not _same_year(found.public_id, public_id):
        raise NotFound(f"There is no receipt {public_id}.")
    return found


def shows_asset(by: Actor, row: SignedReceipt) -> bool:
    """Whether `by` may see which system a receipt is about: as with the party's inventory."""
    return rules.may_see_inventory(by, owner=row.party_id)


def timelines(by: Actor) -> list[Timeline]:
    """How long each release took, newest first, with the numbers of systems that it reached: for
    the house, and for authorities, who see what is demanded of all. Raises NotPermitted."""
    require(by, Scope.READ)
    if not is_house(by) and not rules.is_authority(by):
        demand(Refused("it takes a coordinator or a directive authority"))
    return metrics.timelines()


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


def deliveries(by: Actor, *, now: datetime | None = None) -> QuerySet[Delivery]:
    """What was made for one's own parties, everything for the house, newest first, as far as one
    may know of the cases now. To have a file is `delivery_to_fetch`."""
    require(by, Scope.READ)
    rows = Delivery.objects.select_related("recipient__party", "case")
    known = visible_cases(by, now=now or timezone.now(), one_by_one=True)
    rows = rows.filter(Exists(known.filter(pk=OuterRef("case"))))
    return _own(rows, by, party="recipient__party")


def delivery(by: Actor, public_id: str, *, now: datetime | None = None) -> Delivery:
    """One delivery by `D-2026-000001`; raises NotFound, the same whether it is absent or hidden."""
    found = deliveries(by, now=now).filter(pk=id_number("D", public_id)).first()
    if found is None or not _same_year(found.public_id, public_id):
        raise NotFound(f"There is no delivery {public_id}.")
    return found


def delivery_to_fetch(by: Actor, public_id: str) -> Delivery:
    """A delivery whose ciphertext `by` may download: a member of the recipient's party, nobody
    else. Whether it is still given out is for `deliveries.fetch` to say. Raises NotFound or
    NotPermitted."""
    found = delivery(by, public_id)
    demand(_works_for(by, [found.recipient]))
    return found


def delivery_at(by: Actor, path: str, *, digest: str) -> Delivery:
    """The same by its place in the restricted repository."""
    found = deliveries(by).filter(path=path, ciphertext_digest=digest).first()
    if found is None:
        raise NotFound(f"There is nothing at {path}.")
    demand(_works_for(by, [found.recipient]))
    return found


def demand_recipient(by: Actor, rows: QuerySet[Recipient], *, now: datetime) -> None:
    """Raise NotPermitted unless `by` works for the party of one of these recipients, which still
    is one."""
    demand(_works_for(by, [row for row in rows if holds(row, now=now)]))


def _works_for(by: Actor, rows: Iterable[Recipient]) -> Decision:
    parties = {row.party_id for row in rows}
    works = MemberRole.MEMBER.rank
    if any(seat.party in parties and seat.role.rank >= works for seat in by.seats):
        return Allowed()
    return Refused("it takes a member of the party that it was made for")


def may_read_event(by: Actor, event: Event, now: datetime) -> bool:
    """Whether `by` may read what an event about one of these things says: who sees the thing; of
    the house, who works there."""
    if is_house(by) and not is_house(by, at_least=MemberRole.MEMBER):
        return False
    kind, _, id = event.on.partition(":")
    find = {
        "clientkey": lambda: client_keys(by).filter(pk=short_number("CK", id)),
        "signedreceipt": lambda: receipts(by).filter(pk=id_number("RC", id)),
        "recipient": lambda: recipients(by).filter(pk=short_number("RP", id)),
        "delivery": lambda: deliveries(by).filter(pk=id_number("D", id)),
    }.get(kind)
    return find is not None and find().exists()


def _own(rows: QuerySet, by: Actor, *, party: str = "party") -> QuerySet:  # type: ignore[type-arg]
    return rows if is_house(by) else rows.filter(**{f"{party}__in": by.parties})


def _of_advisory(public_id: str) -> Q:
    parts = re.fullmatch(r"SEAWALL-([0-9]{4})-([0-9]{1,9})", public_id.strip(), re.I | re.A)
    if parts is None:
        return Q(pk__in=[])
    return Q(
        release__revision__advisory__year=int(parts[1]),
        release__revision__advisory__number=int(parts[2]),
    )


def _same_year(one: str, other: str) -> bool:
    """Whether two public ids, of which the numbers are the same, are of the same year."""
    return one.split("-")[1] == other.strip().split("-")[1]


def _only(rows: QuerySet[Party], by: Actor) -> Party:
    found = list(rows[:2]) if by.seats else []
    if len(found) != 1:
        raise NotPermitted("Say for which party: you act for none, or for several.")
    return found[0]
