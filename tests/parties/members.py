"""People, parties and memberships for tests."""

from datetime import UTC, datetime, timedelta

from seawall.parties import people
from seawall.parties.access import actor_of
from seawall.parties.models import Membership, Party, Person
from seawall.parties.sign_ins import Lives
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL, Actor

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LIVES = Lives(idle=2 * HOUR, whole=12 * HOUR)
GOOD = "correct horse battery staple"


def party(name: str, *roles: Party.Role, house: bool = False) -> Party:
    return people.add_party(name, roles=roles, is_house=house, by=LOCAL, now=NOON)


def person(name: str, *, password: str = "") -> Person:
    made = people.add_person(
        email=f"{name.lower().replace(' ', '.')}@x.example", name=name, by=LOCAL, now=NOON
    )
    if password:
        made.set_password(password)
        made.save()
    return made


def member(
    who: Person, of: Party, role: MemberRole = MemberRole.MEMBER, *, admin: bool = False
) -> Membership:
    return people.add_member(who, of, role=role, is_admin=admin, by=LOCAL, now=NOON)


def lead(name: str, of: Party, *, admin: bool = False, password: str = "") -> Person:
    """A new person who leads that party."""
    made = person(name, password=password)
    member(made, of, MemberRole.LEAD, admin=admin)
    return made


def actor(who: Person) -> Actor:
    """The person as they are now."""
    return actor_of(Person.objects.get(pk=who.pk))
