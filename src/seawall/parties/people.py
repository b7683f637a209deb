"""Parties, people and memberships: adding, changing, ending. Nothing is deleted."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from seawall.core.access import may_administer, may_manage
from seawall.core.people import may_lose_admin
from seawall.ledger import actions as ledger
from seawall.parties import sign_ins
from seawall.parties.access import demand
from seawall.parties.locks import one_at_a_time
from seawall.parties.models import ApiToken, Membership, Party, Person, ResetLink
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Decision, Refused
from seawall.vocab.errors import BadInput, one_line


class ChangeRefused(ValueError):
    """A rule says no; the message is the reason."""


@transaction.atomic
def add_party(
    name: str,
    *,
    by: Actor,
    now: datetime,
    roles: Collection[Party.Role] = (),
    kind: Party.Kind = Party.Kind.ORGANISATION,
    is_house: bool = False,
) -> Party:
    """A new party; BadInput when the name is taken. There is one house."""
    demand(may_administer(by))
    name = one_line(name, limit=200)
    if not name:
        raise BadInput("a party needs a name")
    if Party.objects.filter(name__iexact=name).exists():
        raise BadInput(f'there is a party "{name}" already')
    if is_house and Party.objects.filter(is_house=True).exists():
        raise BadInput("this installation has its house already")
    made = Party.objects.create(
        name=name, kind=kind, roles=sorted(str(role) for role in roles), is_house=is_house
    )
    facts = {"kind": str(kind), "roles": made.roles, "house": is_house}
    ledger.record(by=by, what="party.added", on=made, facts=facts, at=now)
    return made


@transaction.atomic
def change_party(
    party: Party, *, name: str, roles: Collection[Party.Role], by: Actor, now: datetime
) -> Party:
    """Rename a party or change what it is."""
    demand(may_administer(by))
    name = one_line(name, limit=200)
    if not name:
        raise BadInput("a party needs a name")
    if Party.objects.filter(name__iexact=name).exclude(pk=party.pk).exists():
        raise BadInput(f'there is a party "{name}" already')
    party.name, party.roles = name, sorted(str(role) for role in roles)
    party.save(update_fields=["name", "roles"])
    ledger.record(by=by, what="party.changed", on=party, facts={"roles": party.roles}, at=now)
    return party


@transaction.atomic
def set_party_active(party: Party, active: bool, *, by: Actor, now: datetime) -> None:
    """Let a party take part, or keep all its members and tokens out at once."""
    demand(may_administer(by))
    if party.is_house and not active:
        raise ChangeRefused("The house cannot be deactivated: it runs this installation.")
    if Party.objects.filter(pk=party.pk).exclude(is_active=active).update(is_active=active):
        what = "party.activated" if active else "party.deactivated"
        ledger.record(by=by, what=what, on=party, at=now)


@transaction.atomic
def add_person(*, email: str, name: str, by: Actor, now: datetime) -> Person:
    """A person who cannot sign in yet: that takes a reset link, a passkey or a provider."""
    demand(may_administer(by))
    return new_person(email=email, name=name, by=by, now=now)


@transaction.atomic
def set_person_active(person: Person, active: bool, *, by: Actor, now: datetime) -> None:
    """Let a person sign in, or keep them out at once: sessions, links and tokens
    end."""
    demand(may_administer(by))
    if not active:
        for member in Membership.objects.filter(person=person, ended_at=None, is_admin=True):
            _require_other_admin(member, by=by)
        sign_ins.end_all(person, by=by, now=now)
        ResetLink.objects.filter(person=person, used_at=None).update(used_at=now)
        tokens = ApiToken.objects.filter(membership__person=person, revoked_at=None)
        tokens.update(revoked_at=now)
    if Person.objects.filter(pk=person.pk).exclude(is_active=active).update(is_active=active):
        what = "person.activated" if active else "person.deactivated"
        ledger.record(by=by, what=what, on=person, at=now)


@transaction.atomic
def add_member(
    person: Person,
    party: Party,
    *,
    role: MemberRole,
    is_admin: bool,
    by: Actor,
    now: datetime,
) -> Membership:
    """Put a person into a party. Strangers to the party join by invitation; this is for the
    installation's administrators."""
    demand(may_administer(by))
    return new_member(person, party, role=role, is_admin=is_admin, by=by, now=now)


@transaction.atomic
def change_member(
    member: Membership, *, role: MemberRole, is_admin: bool, by: Actor, now: datetime
) -> Membership:
    """Give a member another role. Open streams and the next request see it."""
    demand(may_manage(by, party=member.party_id))
    if member.is_admin and not is_admin:
        _require_other_admin(member, by=by)
    member.role, member.is_admin = role, is_admin
    member.save(update_fields=["role", "is_admin"])
    _record(member, "membership.changed", by=by, now=now)
    return member


@transaction.atomic
def end_member(member: Membership, *, by: Actor, now: datetime) -> None:
    """End a membership, and with it its tokens. One may end one's own."""
    if by.person != member.person_id or not by.seats:
        demand(may_manage(by, party=member.party_id))
    if member.is_admin:
        _require_other_admin(member, by=by)
    if not Membership.objects.filter(pk=member.pk, ended_at=None).update(ended_at=now):
        return
    ApiToken.objects.filter(membership=member, revoked_at=None).update(revoked_at=now)
    _record(member, "membership.ended", by=by, now=now)


def new_person(*, email: str, name: str, by: Actor, now: datetime) -> Person:
    """The row of a new person, within a transaction whose right to it was checked."""
    email, name = email.strip().lower(), one_line(name, limit=200)
    try:
        validate_email(email)
    except ValidationError as error:
        raise BadInput(f'"{one_line(email, limit=100)}" is no e-mail address') from error
    if not name:
        raise BadInput("a person needs a name")
    if Person.objects.filter(email=email).exists():
        raise BadInput(f"{email} has an account already")
    made = Person(email=email, name=name)
    made.set_unusable_password()
    made.save()
    ledger.record(by=by, what="person.added", on=made, at=now)
    return made


def new_member(
    person: Person, party: Party, *, role: MemberRole, is_admin: bool, by: Actor, now: datetime
) -> Membership:
    """The row of a new membership, within a transaction whose right to it was checked."""
    if Membership.objects.filter(person=person, party=party, ended_at=None).exists():
        raise BadInput(f"{person.name} is a member of {party.name} already")
    made = Membership.objects.create(
        person=person, party=party, role=role, is_admin=is_admin, since=now
    )
    _record(made, "membership.begun", by=by, now=now)
    return made


def _record(member: Membership, what: str, *, by: Actor, now: datetime) -> None:
    facts = {
        "person": f"U-{member.person_id}",
        "role": str(member.role),
        "is_admin": member.is_admin,
    }
    ledger.record(by=by, what=what, on=f"party:P-{member.party_id}", facts=facts, at=now)


def _require_other_admin(member: Membership, *, by: Actor) -> None:
    party = member.party
    one_at_a_time(party)
    others = Membership.objects.filter(
        party=party, is_admin=True, ended_at=None, person__is_active=True
    ).exclude(person=member.person_id)
    decision: Decision = may_lose_admin(
        other_admins=others.count(),
        is_house=party.is_house,
        is_oneself=by.person == member.person_id,
    )
    if isinstance(decision, Refused):
        raise ChangeRefused(f"{decision.reason[:1].upper()}{decision.reason[1:]}.")


def set_language(person: Person, language: str) -> None:
    """The language in which somebody wants to be written to."""
    Person.objects.filter(pk=person.pk).update(language=language[:10])
