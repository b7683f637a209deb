"""A house, a vendor with people, a case between them, and what its jobs do at a moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cases.casework import finding, prove
from seawall.cases.actions import open_case
from seawall.cases.models import Case, Participant
from seawall.core.embargo import Embargo
from seawall.core.plain import to_plain
from seawall.jobs.carry_out import carry_out
from seawall.jobs.queue import due
from seawall.jobs.registry import Work
from seawall.ledger.models import Outbox
from seawall.parties.models import Membership, Party, Person
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import LOCAL
from seawall.vocab.cases import EmbargoState
from seawall.vocab.tlp import Tlp
from validation.records import NOON

TITLE = "Template text escapes the sandbox"
TELLING = ("ledger.heard", "notices.due", "notices.soon", "webhook.deliver")


def party(name: str, *, is_house: bool = False, **more: Any) -> Party:
    return Party.objects.create(name=name, is_house=is_house, roles=["vendor"], **more)


def member(of: Party, name: str, role: MemberRole = MemberRole.MEMBER, **more: Any) -> Person:
    person = Person.objects.create(email=f"{name.lower()}@{of.name.lower()}.example", name=name)
    Membership.objects.create(person=person, party=of, role=role.value, since=NOON, **more)
    return person


@dataclass
class World:
    house: Party
    vendor: Party
    ann: Person
    """Of the vendor."""
    case: Case


def world(*, tlp: Tlp = Tlp.AMBER, tier: Tier = Tier.T2) -> World:
    """A case in which the vendor Acme, with Ann, takes part; nothing of it was told yet."""
    house, acme = party("House", is_house=True), party("Acme")
    row = finding(TITLE)
    prove(row)
    case = open_case(row, by=LOCAL, now=NOON)
    Case.objects.filter(pk=case.pk).update(tlp=tlp.value)
    joined(case, acme, tier=tier)
    Outbox.objects.all().delete()
    return World(house=house, vendor=acme, ann=member(acme, "Ann"), case=reload(case))


def joined(
    case: Case, who: Party, *, tier: Tier = Tier.T2, part: Part = Part.VENDOR
) -> Participant:
    return Participant.objects.create(
        case=case, party=who, part=part.value, tier=tier.value, brought_by="test", joined_at=NOON
    )


def reload(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def hold(case: Case, until: datetime, *, consented: bool = True) -> None:
    """An embargo in force."""
    embargo = Embargo(state=EmbargoState.ACTIVE, ends_at=until)
    Case.objects.filter(pk=case.pk).update(
        embargo=to_plain(embargo), embargo_state="active", embargo_ends_at=until
    )
    if consented:
        Participant.objects.filter(case=case).update(consented_until=until)


def work(now: datetime, topics: tuple[str, ...] = TELLING) -> list[str]:
    """Carry out all telling that is due at `now`, with what follows; how each ended."""
    ended = []
    while rows := [row for row in due(now=now, limit=100) if row.topic in topics]:
        ended += [f"{row.topic} {carry_out(row.id, now=now)}" for row in rows]
    return ended


def job(topic: str, now: datetime, **ids: Any) -> Work:
    return Work(topic=topic, key="test", ids=ids, now=now)


HOUR = timedelta(hours=1)
