"""Plain worlds as rows of the database, made directly so that thousands are quick."""

import random
from dataclasses import dataclass, field
from typing import Any

from access.worlds import HOUSE, NOW, PARTIES, PEOPLE, at, random_case
from seawall.advisories.models import Advisory
from seawall.cases.models import Bar, Case, Participant, ReadIn
from seawall.findings.models import Finding, Receipt, Report
from seawall.parties.models import Party, Person
from seawall.validation.models import Validation


@dataclass
class Populated:
    """Rows with what the oracle takes: case pk → world, finding pk → finding, report pk → report.
    `covering`: finding pk → pk of the case that covers it."""

    cases: dict[int, dict[str, Any]] = field(default_factory=dict)
    findings: dict[int, dict[str, Any]] = field(default_factory=dict)
    reports: dict[int, dict[str, Any]] = field(default_factory=dict)
    validations: dict[int, int] = field(default_factory=dict)
    advisories: dict[int, tuple[int, bool]] = field(default_factory=dict)
    """Advisory pk → its case and whether it was published."""
    turn: int = 0
    """How often it was asked about."""


def populate(rng: random.Random, *, groups: int) -> Populated:
    """So many groups of findings: most with a case, some with a second one that sleeps."""
    made = Populated()
    for number in PARTIES:
        Party.objects.create(pk=number + 1, name=f"Party {number}", is_house=number == HOUSE)
    for number in PEOPLE:
        Person.objects.create(pk=number, email=f"p{number}@example.org", name="P")
    for number in range(groups):
        _group(rng, made, number)
    for number in range(groups // 20):
        _mixed_report(rng, made, number)
    return made


def party_pk(number: int) -> int:
    return number + 1


def _report(rng: random.Random, made: Populated, name: str) -> Report:
    row = Report.objects.create(
        digest=name, format="seawall", size_bytes=1, provenance={}, received_at=at(0)
    )
    senders = rng.sample(PARTIES, rng.choice((0, 1, 1, 2)))
    for sender in senders:
        Receipt.objects.create(
            report=row, reporter_id=party_pk(sender), sent_as="r", by="x", at=at(0)
        )
    made.reports[row.pk] = {"senders": set(senders), "findings": []}
    return row


def _finding(
    rng: random.Random, made: Populated, report: Report, lead: Finding | None = None
) -> Finding:
    shredded = rng.random() < 0.03
    row = Finding.objects.create(
        report=report,
        key=str(rng.random()),
        title="t",
        target="t",
        component="",
        severity="",
        lead=lead,
        received_at=at(0),
        shredded_at=at(0) if shredded else None,
    )
    senders = made.reports[report.pk]["senders"]
    made.findings[row.pk] = {"senders": senders, "case": None, "shredded": shredded}
    made.reports[report.pk]["findings"].append(made.findings[row.pk])
    if rng.random() < 0.3:
        ran = Validation.objects.create(
            finding=row, reproducer_digest="", verdict="flaky", level=0, recorded_at=at(0)
        )
        made.validations[ran.pk] = row.pk
    return row


def _group(rng: random.Random, made: Populated, number: int) -> None:
    lead: Finding | None = None
    rows: list[Finding] = []
    for each in range(rng.choice((1, 1, 2, 3))):
        row = _finding(rng, made, _report(rng, made, f"{number}-{each}"), lead)
        lead = lead or row
        rows.append(row)
    if rng.random() < 0.15:
        return
    first = _case(rng, made, rng.choice(rows))
    world = made.cases[first.pk]
    for row in rows:
        made.findings[row.pk]["case"] = world
    others = [row for row in rows if row.pk != first.finding_id]
    if others and rng.random() < 0.3:
        _case(rng, made, rng.choice(others), merged_into=first)


def _mixed_report(rng: random.Random, made: Populated, number: int) -> None:
    """A report whose findings belong to several groups, or that holds none."""
    report = _report(rng, made, f"mixed-{number}")
    leads = [pk for pk in made.findings if rng.random() < 0.01][:3]
    for lead in Finding.objects.filter(pk__in=leads, lead=None):
        row = _finding(rng, made, report, lead)
        made.findings[row.pk]["case"] = made.findings[lead.pk]["case"]


def _case(
    rng: random.Random, made: Populated, finding: Finding, merged_into: Case | None = None
) -> Case:
    world = random_case(rng)
    unique = {(each["party"], each["part"]): each for each in world["parts"]}
    world["parts"] = list(unique.values())
    has_end = world["embargo"] in ("active", "revise") or rng.random() < 0.5
    row = Case.objects.create(
        finding=finding,
        title="t",
        opened_at=at(0),
        report_state="received",
        embargo_state=world["embargo"],
        embargo_ends_at=at(world["ends"]) if has_end else None,
        tlp=world["tlp"],
        shredded_at=at(0) if world["shredded"] else None,
        merged_into=merged_into,
    )
    made.cases[row.pk] = world
    if rng.random() < 0.3:
        published = rng.random() < 0.5
        advisory = Advisory.objects.create(
            case=row,
            year=2026,
            number=row.pk,
            created_at=at(0),
            published_at=at(0) if published else None,
        )
        made.advisories[advisory.pk] = (row.pk, published)
    _people_of(rng, row, world, has_end)
    return row


def _people_of(rng: random.Random, row: Case, world: dict[str, Any], has_end: bool) -> None:
    for each in world["parts"]:
        until = (
            at(world["ends"]) if each["consented"] else rng.choice((None, at(world["ends"] - 1)))
        )
        _join(row, each, until if has_end else None)
    _join(row, _stranger(rng), at(99), left_at=at(0))
    for each in world["read_ins"]:
        ReadIn.objects.create(
            case=row,
            tier=each["tier"],
            person_id=each["person"],
            party_id=None if each["party"] is None else party_pk(each["party"]),
            sponsor="x",
            reason="x",
            starts_at=at(each["from"]),
            ends_at=at(each["until"]),
            revoked_at=at(NOW) if each["revoked"] else None,
        )
    lifted = {"person": rng.choice(PEOPLE), "party": None}
    for each in [*world["bars"], lifted]:
        Bar.objects.create(
            case=row,
            person_id=each["person"],
            party_id=None if each["party"] is None else party_pk(each["party"]),
            reason="x",
            by="x",
            at=at(0),
            lifted_at=at(1) if each is lifted else None,
        )


def _stranger(rng: random.Random) -> dict[str, Any]:
    """Somebody who took part and left; counts for nothing."""
    return {"party": rng.choice(PARTIES), "part": "other", "tier": 3}


def _join(row: Case, each: dict[str, Any], until: Any, left_at: Any = None) -> None:
    Participant.objects.create(
        case=row,
        party_id=party_pk(each["party"]),
        part=each["part"],
        tier=each["tier"],
        consented_until=until,
        brought_by="x",
        joined_at=at(0),
        left_at=left_at,
    )
