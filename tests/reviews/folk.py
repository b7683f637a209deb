"""The people of a review, and what they agree on."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from seawall.core.submissions import Pinned, Terms
from seawall.parties import approvals
from seawall.parties.access import actor_of
from seawall.parties.models import ApprovalSignature, Party
from seawall.reviews import partners, submissions
from seawall.reviews.models import Partner, Submission
from seawall.reviews.partners import Finding
from seawall.reviews.submissions import Content
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor
from seawall.vocab.reviews import PartnerKind, Voice
from web.people import member, party

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TERMS = Terms(
    confidentiality="named people only",
    cybersecurity="keys bound to machines",
    insider_risk="two people for each access",
    intellectual_property="nothing is kept or learned from",
    permitted_use="defence of one's own systems",
    retain_days=30,
    deletion="keys are destroyed, and the evidence is signed",
)
PINNED = Pinned(
    model="Osprey",
    version="osprey-2026-11-20",
    safeguards="none",
    endpoint="https://models.example.org/v1",
)
CONTENT = Content(pinned=PINNED, terms=TERMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folk:
    """One lead of each party of a review."""

    lab: Party
    hospital: Party
    ada: Actor
    """Of the lab."""
    olu: Actor
    """Of the official."""
    eva: Actor
    """Of the evaluator."""
    hal: Actor
    """Of the hospital."""
    cora: Actor
    """Of the house, which has no part in reviews."""


def folk() -> Folk:
    """A lab, an official, an evaluator, a hospital and the house, with a lead each."""
    made = {
        "ada": party("Osprey Labs", "lab"),
        "olu": party("Office of Reviews", "official"),
        "eva": party("Bench", "evaluator"),
        "hal": party("St. Elsewhere", "deployer"),
        "cora": party("House", "coordinator", is_house=True),
    }
    people = {
        name: actor_of(member(of, name.title(), MemberRole.LEAD)) for name, of in made.items()
    }
    return Folk(lab=made["ada"], hospital=made["hal"], **people)


def drafted(them: Folk, *, now: datetime = NOW, days: int = 20, **changed: object) -> Submission:
    """A draft whose release to other trusted partners is `days` away."""
    return submissions.draft(
        replace(CONTENT, pinned=replace(PINNED, **changed)),  # type: ignore[arg-type]
        lab=them.lab,
        partner_release_at=now + days * DAY,
        public_release_at=now + (days + 10) * DAY,
        by=them.ada,
        now=now,
    )


def signed(on: str, *who: Actor, now: datetime = NOW) -> None:
    """Each of `who` signs the open approval about `on`, for the party that they sit in."""
    from seawall.parties.models import Approval

    row = Approval.objects.filter(on=on, used_at=None).latest("pk")
    for each in who:
        approvals.sign(
            row,
            party=each.seats[0].party,
            digest=row.digest,
            how=ApprovalSignature.How.CONFIRMED,
            evidence={},
            by=each,
            now=now,
        )


def designated(them: Folk, *, now: datetime = NOW) -> Partner:
    """The hospital as a trusted partner of the lab."""
    row = partners.apply(
        party=them.hospital,
        lab=them.lab,
        kind=PartnerKind.HOSPITAL,
        statement="We defend the systems of our wards.",
        by=them.hal,
        now=now,
    )
    for criterion in partners.rulebook().criteria:
        found = Finding(id=criterion.id, met=True, note="seen")
        row = partners.record_criterion(row, found, by=them.olu, now=now)
    row = partners.select(row, voice=Voice.LAB, yes=True, by=them.ada, now=now)
    row = partners.select(row, voice=Voice.GOVERNMENT, yes=True, by=them.olu, now=now)
    signed(row.public_id, them.ada, them.olu, now=now)
    return partners.designate(row, by=them.olu, now=now)
