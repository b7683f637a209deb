"""Parties, people and cases for the tests of case rooms."""

from datetime import datetime, timedelta
from typing import Any

from cases.casework import finding, prove
from seawall.cases import actions, embargoes, participants
from seawall.cases.models import Case, Participant
from seawall.core.cvd import CvdEvent
from seawall.ledger.models import Event
from seawall.parties.access import actor_of
from seawall.parties.models import Party, Person
from seawall.parties.people import add_member, add_party, add_person
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import LOCAL, Actor
from validation.records import NOON

READY = {
    "description": "A template that a user may edit runs code as the server that renders it.",
    "severity": "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H",
}


def party(name: str, *roles: str, is_house: bool = False) -> Party:
    known = Party.objects.filter(name=name).first()
    given = [Party.Role(role) for role in roles or ("vendor",)]
    return known or add_party(name, roles=given, is_house=is_house, by=LOCAL, now=NOON)


def house() -> Party:
    return party("House CERT", "coordinator", is_house=True)


def somebody(name: str, of: Party, role: MemberRole = MemberRole.LEAD) -> Actor:
    """A person of that party as an actor; the same name is the same person."""
    email = f"{name.lower()}@example.org"
    person = Person.objects.filter(email=email).first()
    if person is None:
        person = add_person(email=email, name=name, by=LOCAL, now=NOON)
        add_member(person, of, role=role, is_admin=False, by=LOCAL, now=NOON)
    return actor_of(person)


def person_of(who: Actor) -> Person:
    return Person.objects.get(pk=who.person)


def proven(title: str = "Escape", *, at: datetime = NOON, **more: Any) -> Case:
    """A case of a proven finding."""
    row = finding(title, at=at, **more)
    prove(row, digest=row.public_id.encode().hex()[:64].ljust(64, "0"), at=at)
    return actions.open_case(row, by=LOCAL, now=at)


def bring(case: Case, who: Party, part: Part, tier: Tier | None = None) -> Participant:
    return participants.bring_in(case, who, part, tier=tier, by=LOCAL, now=NOON)


def embargoed(case: Case, days: int = 30, *, at: datetime = NOON) -> None:
    """Under an embargo that ends so many days after `at`."""
    if not case.vendor_aware:
        actions.observe(case, CvdEvent.VENDOR_AWARE, by=LOCAL, now=at)
    embargoes.propose(case, until=at + timedelta(days=days), by=LOCAL, now=at)
    embargoes.accept(case, by=LOCAL, now=at)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def said(case: Case) -> list[str]:
    """What the ledger says about the case, in order."""
    return list(Event.objects.filter(on=f"case:{case.public_id}").values_list("what", flat=True))
