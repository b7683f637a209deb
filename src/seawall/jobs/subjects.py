"""What notices are about, who is told of it, and how much may be said to whom right now.

`say` is asked for each recipient at the moment of sending; nothing is decided when work is queued.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from seawall.advisories.models import Advisory
from seawall.cases.actions import awake
from seawall.cases.models import Case
from seawall.cases.reading import FOR_FACTS, embargo_holds, tier_of
from seawall.cases.ways_out import may_say_of
from seawall.claims.models import MatchSession, ScanClaim
from seawall.core.access import FindingFacts, finding_tier
from seawall.core.notice_events import EVENTS
from seawall.core.public_ids import id_number, short_number
from seawall.core.review_access import EVALUATOR, OFFICIAL
from seawall.core.ways_out import Say, Way, may_say
from seawall.findings.models import Finding
from seawall.findings.reading import facts_of as finding_facts
from seawall.inventory.models import Asset
from seawall.parties.access import actor_for, seat_of
from seawall.parties.models import Membership, Party, Person
from seawall.reviews.models import Grant, Partner, Submission
from seawall.validation.models import Validation
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor, ActorKind, Seat
from seawall.vocab.ssvc import SystemClass
from seawall.vocab.tlp import Tlp


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an event is about: a case, the advisory of one, or an asset."""

    id: str
    title: str
    path: str
    case: Case | None = None
    asset: Asset | None = None
    parties: frozenset[int] = frozenset()
    """Whose it is, for what is neither of a case nor an asset."""
    finding: FindingFacts | None = None
    """Of a finding, which is told of to those who sent it."""
    is_published: bool = False
    """An advisory that is out: its id and title are public."""
    most: Say = Say.STATE
    """The most that is said of what is neither of a case nor an asset."""

    def tier(self, who: Actor, now: datetime) -> Tier | None:
        """How much of it `who` reads now; None for nothing."""
        if self.case is not None:
            return tier_of(who, self.case, now=now)
        if self.asset is not None and self.asset.owner_id in who.parties:
            return Tier.T1
        if self.finding is not None and not self.parties & who.parties:
            return None
        if self.finding is not None:
            return finding_tier(who, self.finding, now=now)
        return Tier.T1 if self.parties & who.parties else None

    def say(self, *, to: Actor, way: Way, now: datetime) -> Say:
        """The most that may be said of it to `to` on `way` now."""
        if self.case is not None:
            most = may_say_of(self.case, to=to, way=way, now=now)
            is_out = self.is_published and not embargo_holds(self.case, now=now)
            return max(most, Say.TITLE) if is_out and most > Say.NOTHING else most
        if self.tier(to, now) is None:
            return Say.NOTHING
        if self.finding is not None:
            return min(Say.STATE, _say_of_finding(self.finding, self.tier(to, now), way))
        if self.asset is None:
            return self.most
        # National security systems are never named outside their compartment.
        is_nss = self.asset.system_class == SystemClass.NSS.value
        return Say.SIGN_IN if is_nss else Say.STATE


def _say_of_finding(facts: FindingFacts, tier: Tier | None, way: Way) -> Say:
    """What its case allows to be said of a finding; without one it is AMBER."""
    case = facts.case
    return may_say(
        tlp=case.tlp if case else Tlp.AMBER,
        tier=tier,
        embargo_holds=case.embargo_holds if case else False,
        way=way,
    )


def subject_of(on: str, *, now: datetime, event: str = "") -> Subject | None:
    """What "case:C-2026-000001" or the like names; None when it is gone or nothing to tell of.
    `event` is the word of what happened to it: of some things partners are not told."""
    kind, _, id = on.partition(":")
    match kind:
        case "case":
            return _case(id)
        case "advisory":
            return _advisory(id)
        case "asset":
            return _asset(id)
        case "finding":
            return _finding(id_number("F", id), now)
        case "validation":
            row = Validation.objects.filter(pk=id_number("V", id)).first()
            return _finding(row.finding_id, now) if row else None
        case "scanclaim":
            return _claim(id)
        case "match":
            return _match(id)
        case "grant":
            return _grant(id, event)
        case "submission":
            return _submission(id)
        case "partner":
            return _partner(id)
    return None


def _case(id: str) -> Subject | None:
    row = _cases().filter(pk=id_number("C", id)).first()
    if row is None:
        return None
    kept = awake(row)
    if kept != row:
        kept = _cases().get(pk=kept.pk)
    return Subject(id=kept.public_id, title=kept.title, path=f"/cases/{kept.public_id}", case=kept)


def _cases() -> QuerySet[Case]:
    return Case.objects.select_related("merged_into", "finding").prefetch_related(*FOR_FACTS)


def _advisory(id: str) -> Subject | None:
    _, _, rest = id.partition("-")
    year, _, number = rest.partition("-")
    if not (year.isdigit() and number.isdigit()):
        return None
    row = Advisory.objects.filter(year=int(year), number=int(number)).first()
    if row is None:
        return None
    case = _cases().get(pk=row.case_id)
    return Subject(
        id=row.public_id,
        title=case.title,
        path=f"/advisories/{row.public_id}",
        case=case,
        is_published=row.published_at is not None,
    )


def _asset(id: str) -> Subject | None:
    row = Asset.objects.select_related("owner").filter(pk=short_number("A", id)).first()
    if row is None:
        return None
    return Subject(id=row.public_id, title=row.name, path=f"/assets/{row.public_id}", asset=row)


def _finding(pk: int | None, now: datetime) -> Subject | None:
    row = Finding.objects.select_related("report").filter(pk=pk).first()
    if row is None:
        return None
    facts = finding_facts([row], now=now)[row.pk]
    return Subject(
        id=row.public_id,
        title="",
        path=f"/findings/{row.public_id}",
        parties=facts.reporters,
        finding=facts,
    )


def _claim(id: str) -> Subject | None:
    row = ScanClaim.objects.filter(pk=id_number("S", id)).first()
    if row is None:
        return None
    path = f"/scans/{row.public_id}"
    return Subject(id=row.public_id, title="", path=path, parties=frozenset({row.party_id}))


def _match(id: str) -> Subject | None:
    row = MatchSession.objects.filter(pk=short_number("X", id)).first()
    if row is None:
        return None
    sides = frozenset({row.starter_id, row.joiner_id})
    return Subject(id=row.public_id, title="", path="/scans/matching", parties=sides)


def _grant(id: str, event: str) -> Subject | None:
    """A grant, for the officials and its lab; its partner is told of what happens to it, never of
    what was noticed about its use."""
    row = Grant.objects.select_related("submission", "partner").filter(pk=id_number("G", id))
    found = row.first()
    if found is None:
        return None
    parties = _seats(OFFICIAL) | {found.submission.lab_id}
    if (kind := EVENTS.get(event)) and kind.is_for_partner:
        parties |= {found.partner.party_id}
    return Subject(id=found.public_id, title="", path=f"/grants/{found.public_id}", parties=parties)


def _submission(id: str) -> Subject | None:
    """A model under review, for its lab, the officials and the evaluators; a draft is for nobody.
    Outside it is named by its id alone."""
    row = Submission.objects.filter(pk=id_number("M", id)).first()
    if row is None or row.submitted_at is None:
        return None
    return Subject(
        id=row.public_id,
        title="",
        path=f"/reviews/{row.public_id}",
        parties=_seats(OFFICIAL, EVALUATOR) | {row.lab_id},
        most=Say.ID,
    )


def _partner(id: str) -> Subject | None:
    """An application, for who applies, the lab and the officials."""
    row = Partner.objects.filter(pk=id_number("T", id)).first()
    if row is None:
        return None
    parties = _seats(OFFICIAL) | {row.party_id, row.lab_id}
    path = f"/partners/{row.public_id}"
    return Subject(id=row.public_id, title="", path=path, parties=parties, most=Say.ID)


def _seats(*roles: str) -> frozenset[int]:
    """The parties that have one of these roles."""
    rows = Party.objects.filter(is_active=True)
    return frozenset(each.pk for each in rows if set(roles) & set(each.roles))


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who may be told of something, as of now."""

    people: tuple[Person, ...]
    parties: tuple[Party, ...]


def audience_of(subject: Subject, *, tier: Tier, without: str, now: datetime) -> Audience:
    """The people and parties that read `subject` to `tier` at least, but for the person called
    `without` ("person:U-1"), who did it. A fixed number of queries."""
    parties = _parties_around(subject)
    read_in = _read_in(subject)
    rows = Membership.objects.filter(ended_at=None, person__is_active=True, party__is_active=True)
    theirs = rows.filter(
        person__in={*rows.filter(party__in=parties).values_list("person", flat=True), *read_in}
    ).select_related("person", "party")
    people = [
        person
        for person, actor in actors_of(theirs)
        if str(actor) != without and _reads(subject, actor, tier, now)
    ]
    told = [
        party
        for party in Party.objects.filter(pk__in=parties, is_active=True)
        if _reads(subject, actor_for(party), tier, now)
    ]
    return Audience(people=tuple(people), parties=tuple(told))


def actors_of(memberships: Iterable[Membership]) -> list[tuple[Person, Actor]]:
    """Each person of memberships in force, as the actor that these make."""
    people: dict[int, Person] = {}
    seats: dict[int, list[Seat]] = {}
    for row in memberships:
        people[row.person_id] = row.person
        seats.setdefault(row.person_id, []).append(seat_of(row))
    return [
        (
            person,
            Actor(
                kind=ActorKind.PERSON,
                id=person.public_id,
                name=person.name,
                person=person.pk,
                seats=tuple(seats[pk]),
            ),
        )
        for pk, person in people.items()
    ]


def _reads(subject: Subject, who: Actor, tier: Tier, now: datetime) -> bool:
    held = subject.tier(who, now)
    return held is not None and held >= tier


def _parties_around(subject: Subject) -> set[int]:
    """The parties among which somebody may be told: the house and those that take part."""
    if subject.asset is not None:
        return {subject.asset.owner_id}
    if subject.parties:
        return set(subject.parties)
    found = set(Party.objects.filter(is_house=True).values_list("pk", flat=True))
    if subject.case is not None:
        found |= {each.party_id for each in subject.case.participants.all()}
        found |= {each.party_id for each in subject.case.read_ins.all() if each.party_id}
    return found


def _read_in(subject: Subject) -> set[int]:
    if subject.case is None:
        return set()
    return {each.person_id for each in subject.case.read_ins.all() if each.person_id}
