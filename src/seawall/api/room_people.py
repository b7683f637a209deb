"""/cases/{id}/participants, consent, read-ins, bars, marking: who reads how much of a case."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field

from seawall.api.auth import acting, caller
from seawall.api.openapi import refuses
from seawall.api.tiers import TierName
from seawall.cases import access, participants, read_ins
from seawall.cases.models import Bar, Participant, ReadIn
from seawall.cases.reading import facts_of
from seawall.cases.speakers import party_named, person_named
from seawall.core.access import marking
from seawall.core.report_states import ReportStep
from seawall.parties.models import Party, Person
from seawall.vocab.access import Act, Part, Tier
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp

router = Router(tags=["case rooms"])


class ParticipantOut(Schema):
    """`consented_until` covers an embargo that ends then or sooner; null for no consent."""

    number: int
    party: str
    name: str
    part: str
    tier: str
    report_state: str
    consented_until: datetime | None
    joined_at: datetime


class ReadInOut(Schema):
    number: int
    whom: str
    name: str
    tier: str
    sponsor: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    revoked_at: datetime | None


class BarOut(Schema):
    number: int
    whom: str
    name: str
    reason: str
    at: datetime


class ParticipantIn(Schema):
    """`party` is an id such as P-3, or a name; without `tier` the part's own."""

    party: str = Field(min_length=1, max_length=200)
    part: Part
    tier: TierName | None = None


class TierIn(Schema):
    tier: TierName


class PartyStepIn(Schema):
    step: ReportStep


class ConsentIn(Schema):
    """`party` chooses for which of one's parties; needed of a token of the installation."""

    party: str = Field(default="", max_length=200)


class WhomIn(Schema):
    """Exactly one of the two: a person (U-3 or e-mail address) or a party (P-3 or name)."""

    person: str = Field(default="", max_length=254)
    party: str = Field(default="", max_length=200)
    reason: str = Field(min_length=1, max_length=1000)


class ReadInIn(WhomIn):
    tier: TierName
    until: AwareDatetime


class MarkingIn(Schema):
    tlp: Tlp


class MarkingOut(Schema):
    """`in_force` differs from `tlp` while an embargo holds."""

    tlp: str
    in_force: str


@router.get("/{id}/participants", response=list[ParticipantOut])
def show_participants(request: HttpRequest, id: str) -> Any:
    """Who takes part, for who reads the summary; one's own party for everybody in the case."""
    by = caller(request)
    return [_participant(each) for each in access.participants(by, access.case(by, id))]


@router.post("/{id}/participants", response={201: ParticipantOut}, openapi_extra=refuses())
def bring_in(request: HttpRequest, id: str, body: ParticipantIn) -> Any:
    """Let a party take part. Nobody gives a tier that they do not read themselves."""
    by, now = acting(request, Act.INVITE), timezone.now()
    row = access.case(by, id, act=Act.INVITE, now=now)
    made = participants.bring_in(
        row,
        party_named(body.party),
        body.part,
        tier=Tier[body.tier] if body.tier else None,
        by=by,
        now=now,
    )
    return Status(201, _participant(made))


@router.post("/{id}/participants/{number}/tier", response=ParticipantOut, openapi_extra=refuses())
def set_tier(request: HttpRequest, id: str, number: int, body: TierIn) -> Any:
    """Let a participant read more or less."""
    by, now = acting(request, Act.INVITE), timezone.now()
    row = access.participant(by, access.case(by, id, act=Act.INVITE, now=now), number)
    participants.set_tier(row, Tier[body.tier], by=by, now=now)
    return _participant(Participant.objects.get(pk=row.pk))


@router.post("/{id}/participants/{number}/report", response=ParticipantOut, openapi_extra=refuses())
def take_step(request: HttpRequest, id: str, number: int, body: PartyStepIn) -> Any:
    """Move the report state of one party."""
    by, now = acting(request, Act.DECIDE_REPORT), timezone.now()
    row = access.participant(by, access.case(by, id, act=Act.DECIDE_REPORT, now=now), number)
    participants.take_step(row, body.step, by=by, now=now)
    return _participant(Participant.objects.get(pk=row.pk))


@router.post("/{id}/participants/{number}/part", response={204: None}, openapi_extra=refuses())
def part_with(request: HttpRequest, id: str, number: int) -> Any:
    """End a party's part in the case."""
    by, now = acting(request, Act.INVITE), timezone.now()
    row = access.participant(by, access.case(by, id, act=Act.INVITE, now=now), number)
    participants.part_with(row, by=by, now=now)
    return Status(204, None)


@router.post("/{id}/participants/{number}/leave", response={204: None}, openapi_extra=refuses())
def leave(request: HttpRequest, id: str, number: int) -> Any:
    """Leave the case with one's own party; for its leads."""
    by, now = acting(request, Act.CONSENT), timezone.now()
    row = access.participant(by, access.case(by, id, now=now), number)
    participants.leave(row, by=by, now=now)
    return Status(204, None)


@router.post("/{id}/consent", response=list[ParticipantOut], openapi_extra=refuses())
def consent(request: HttpRequest, id: str, body: ConsentIn) -> Any:
    """Accept, for one's own party, the embargo that is proposed or in force. It covers any sooner
    end as well; until then the party reads that the case exists and no more."""
    by, now = acting(request, Act.CONSENT), timezone.now()
    row = access.case(by, id, act=Act.CONSENT, now=now)
    party = party_named(body.party).pk if body.party else None
    participants.consent(row, by=by, now=now, party=party)
    return [_participant(each) for each in access.participants(by, access.case(by, id))]


@router.get("/{id}/read-ins", response=list[ReadInOut])
def show_read_ins(request: HttpRequest, id: str) -> Any:
    """All read-ins, ended ones included: for the coordinators; for others their own."""
    by = caller(request)
    return [_read_in(each) for each in access.read_ins(by, access.case(by, id))]


@router.post("/{id}/read-ins", response={201: ReadInOut}, openapi_extra=refuses())
def read_in(request: HttpRequest, id: str, body: ReadInIn) -> Any:
    """Let a person, or all members of a party, read to a tier for 90 days at most. The sponsor
    reads to that tier."""
    by, now = acting(request, Act.READ_IN), timezone.now()
    row = access.case(by, id, act=Act.READ_IN, now=now)
    made = read_ins.read_in(
        row, _whom(body), Tier[body.tier], reason=body.reason, until=body.until, by=by, now=now
    )
    return Status(201, _read_in(made))


@router.post("/{id}/read-ins/{number}/revoke", response={204: None}, openapi_extra=refuses())
def revoke(request: HttpRequest, id: str, number: int) -> Any:
    """End a read-in at once."""
    by, now = acting(request, Act.READ_IN), timezone.now()
    row = access.read_in(by, access.case(by, id, act=Act.READ_IN, now=now), number)
    read_ins.revoke(row, by=by, now=now)
    return Status(204, None)


@router.get("/{id}/bars", response=list[BarOut])
def show_bars(request: HttpRequest, id: str) -> Any:
    """Who is kept out of the case; for the coordinators, empty for others."""
    by = caller(request)
    return [_bar(each) for each in access.bars(by, access.case(by, id))]


@router.post("/{id}/bars", response={201: BarOut}, openapi_extra=refuses())
def bar(request: HttpRequest, id: str, body: WhomIn) -> Any:
    """Keep a person or a party out of the case, whatever else lets them in."""
    by, now = acting(request, Act.BAR), timezone.now()
    row = access.case(by, id, act=Act.BAR, now=now)
    return Status(201, _bar(read_ins.bar(row, _whom(body), reason=body.reason, by=by, now=now)))


@router.post("/{id}/bars/{number}/lift", response={204: None}, openapi_extra=refuses())
def lift(request: HttpRequest, id: str, number: int) -> Any:
    """Lift a bar: what grants access does so again."""
    by, now = acting(request, Act.BAR), timezone.now()
    row = access.bar(by, access.case(by, id, act=Act.BAR, now=now), number)
    read_ins.lift(row, by=by, now=now)
    return Status(204, None)


@router.post("/{id}/marking", response=MarkingOut, openapi_extra=refuses())
def mark(request: HttpRequest, id: str, body: MarkingIn) -> Any:
    """Set the marking (TLP 2.0): no more open than AMBER while an embargo holds, CLEAR once the
    case is public, RED only when somebody is read in by name."""
    by, now = acting(request, Act.SET_TLP), timezone.now()
    row = access.case(by, id, act=Act.SET_TLP, now=now)
    read_ins.mark(row, body.tlp, by=by, now=now)
    return {"tlp": row.tlp, "in_force": marking(facts_of(row, now=now)).value}


def _whom(body: WhomIn) -> Person | Party:
    if bool(body.person) == bool(body.party):
        raise BadInput("name a person or a party", where="person", mend="exactly one of the two")
    return person_named(body.person) if body.person else party_named(body.party)


def _participant(row: Participant) -> dict[str, Any]:
    return {
        "number": row.pk,
        "party": row.party.public_id,
        "name": row.party.name,
        "part": row.part,
        "tier": Tier(row.tier).name,
        "report_state": row.report_state,
        "consented_until": row.consented_until,
        "joined_at": row.joined_at,
    }


def _named(row: ReadIn | Bar) -> dict[str, str]:
    found = row.person or row.party
    return {"whom": found.public_id, "name": str(found)} if found else {"whom": "", "name": ""}


def _read_in(row: ReadIn) -> dict[str, Any]:
    return _named(row) | {
        "number": row.pk,
        "tier": Tier(row.tier).name,
        "sponsor": row.sponsor,
        "reason": row.reason,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "revoked_at": row.revoked_at,
    }


def _bar(row: Bar) -> dict[str, Any]:
    return _named(row) | {"number": row.pk, "reason": row.reason, "at": row.at}
