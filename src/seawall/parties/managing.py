"""What administrators see: of their own party its people, of the installation everything."""

from datetime import datetime

from django.db.models import Count, Max, Prefetch, Q, QuerySet

from seawall.core.access import may_administer, may_manage
from seawall.core.public_ids import short_number
from seawall.parties.access import NotFound, demand
from seawall.parties.models import ApiToken, Membership, Party, Person, SignIn
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Refused
from seawall.vocab.errors import one_line


def parties(by: Actor) -> QuerySet[Party]:
    """The parties that `by` may manage, each with `member_count`."""
    rows = Party.objects.annotate(
        member_count=Count("memberships", filter=Q(memberships__ended_at=None))
    )
    if not isinstance(may_administer(by), Refused):
        return rows
    return rows.filter(pk__in=_managed(by))


def party(by: Actor, public_id: str) -> Party:
    """One party by `P-1` that `by` may manage. Raises NotFound."""
    number = short_number("P", public_id)
    found = parties(by).filter(pk=number).first() if number else None
    if found is None:
        raise NotFound(f"There is no party {one_line(public_id, limit=40)}.")
    return found


def members(party: Party) -> list[Membership]:
    """Those of a party that `party` gave, by name; each with how its person can sign in."""
    keys = Prefetch("person__passkeys")
    rows = Membership.objects.filter(party=party, ended_at=None).select_related("person")
    return list(
        rows.prefetch_related(keys, "person__oidc_identities").order_by("person__name", "pk")
    )


def party_tokens(party: Party, *, now: datetime) -> list[ApiToken]:
    """The tokens that act for a party that `party` gave, newest first; those that work."""
    rows = ApiToken.objects.filter(
        membership__party=party,
        membership__ended_at=None,
        revoked_at=None,
        expires_at__gt=now,
    )
    return list(rows.select_related("membership__person"))


def people(by: Actor, *, words: str = "", active: bool | None = None) -> QuerySet[Person]:
    """Everybody, for administrators of the installation; each with `last_seen_at`."""
    demand(may_administer(by))
    rows = Person.objects.annotate(last_seen_at=Max("sign_ins__seen_at")).prefetch_related(
        Prefetch("memberships", Membership.objects.filter(ended_at=None).select_related("party"))
    )
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(email__icontains=words))
    return rows if active is None else rows.filter(is_active=active)


def person(by: Actor, public_id: str) -> Person:
    """One person by `U-1`, for administrators of the installation or of a party that the person is
    in. Raises NotFound."""
    number = short_number("U", public_id)
    found = Person.objects.filter(pk=number).first() if number else None
    if found is None or not _may_see(by, found):
        raise NotFound(f"There is no person {one_line(public_id, limit=40)}.")
    return found


def tokens(by: Actor) -> QuerySet[ApiToken]:
    """All tokens, for administrators of the installation."""
    demand(may_administer(by))
    return ApiToken.objects.select_related("membership__person", "membership__party")


def sign_ins(by: Actor, *, now: datetime) -> QuerySet[SignIn]:
    """All living sessions, for administrators of the installation."""
    demand(may_administer(by))
    rows = SignIn.objects.select_related("person")
    return rows.filter(ended_at=None, expires_at__gt=now, person__is_active=True)


def _may_see(by: Actor, person: Person) -> bool:
    if not isinstance(may_administer(by), Refused):
        return True
    rows = Membership.objects.filter(person=person, party__in=_managed(by), ended_at=None)
    return rows.exists()


def _managed(by: Actor) -> list[int]:
    found = [seat.party for seat in by.seats]
    return [party for party in found if not isinstance(may_manage(by, party=party), Refused)]
