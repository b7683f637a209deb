"""People for the demo's story, one for each kind of visitor, so that its pages can be looked at."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from seawall.cases.models import Case
from seawall.cases.participants import bring_in, gather
from seawall.parties.models import Membership, Party, Person
from seawall.parties.passwords import set_password
from seawall.parties.people import add_member, add_party, add_person
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import LOCAL

_HOUSE = "Seawall demo"
_VENDOR = "Example Web Libraries"
_WORDS = """
    anchor beacon buoy cable canvas capstan coral current delta dock ferry fjord galley harbour
    hull island jetty keel lagoon lantern mast mooring oar pier quay reef rope rudder sail shoal
    tide wharf
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Somebody to look through the eyes of."""

    what: str
    email: str
    name: str
    party: str
    role: MemberRole
    is_admin: bool = False


ROLES = (
    Role(
        what="administrator and lead coordinator",
        email="admin@demo.example",
        name="Ada Keel",
        party=_HOUSE,
        role=MemberRole.LEAD,
        is_admin=True,
    ),
    Role(
        what="coordinator",
        email="coordinator@demo.example",
        name="Cora Quay",
        party=_HOUSE,
        role=MemberRole.MEMBER,
    ),
    Role(
        what="finder",
        email="finder@demo.example",
        name="Finn Harbour",
        party="Harbour AI Lab <coordination@harbour-lab.example>",
        role=MemberRole.LEAD,
    ),
    Role(
        what="maintainer",
        email="maintainer@demo.example",
        name="Mai Reef",
        party=_VENDOR,
        role=MemberRole.LEAD,
    ),
    Role(
        what="operator",
        email="operator@demo.example",
        name="Olga Tide",
        party="Department of Example Affairs",
        role=MemberRole.LEAD,
        is_admin=True,
    ),
)


def new_password() -> str:
    """Five words, drawn anew each time that the demo is opened."""
    return " ".join(secrets.choice(_WORDS.split()) for _ in range(5))


@transaction.atomic
def settle(password: str, *, now: datetime) -> Sequence[Role]:
    """Let everybody of ROLES be there with this password; can be done again."""
    _party(_HOUSE, ["coordinator"], now=now, is_house=True)
    vendor = _party(_VENDOR, ["vendor"], now=now)
    for role in ROLES:
        person = Person.objects.filter(email=role.email).first()
        person = person or add_person(email=role.email, name=role.name, by=LOCAL, now=now)
        set_password(person, password, by=LOCAL, now=now)
        party = _party(role.party, [], now=now)
        if not Membership.objects.filter(person=person, party=party, ended_at=None).exists():
            add_member(person, party, role=role.role, is_admin=role.is_admin, by=LOCAL, now=now)
    for case in Case.objects.filter(merged_into=None):
        gather(case, by=LOCAL, now=now)
        if not case.public_aware:
            bring_in(case, vendor, Part.VENDOR, tier=Tier.T3, by=LOCAL, now=now)
    return ROLES


def _party(name: str, roles: list[str], *, now: datetime, is_house: bool = False) -> Party:
    known = Party.objects.filter(name=name).first()
    if known is not None:
        return known
    given = [Party.Role(role) for role in roles]
    return add_party(name, roles=given, is_house=is_house, by=LOCAL, now=now)
