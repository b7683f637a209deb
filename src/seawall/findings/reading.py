"""How much of findings and reports somebody may read: the facts for the policy, and the same rules
as queries."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from seawall.core import access as rules
from seawall.core.access import FindingFacts, ReportFacts
from seawall.core.public_ids import id_number
from seawall.findings.coordination import coordination
from seawall.findings.models import Finding, Receipt, Report
from seawall.ledger.access import public_id_of
from seawall.ledger.models import Event
from seawall.parties.access import is_house
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor, ActorKind, Seat

MANY = 5_000
"""Who sees more than so many findings or cases looks at the rows of a list one after the other
until the page is full; for others what they see is gathered by indexes first."""


def visible_findings(
    by: Actor, *, now: datetime, at_least: Tier = Tier.T0, many: bool | None = None
) -> QuerySet[Finding]:
    """The findings of which `by` may read `at_least` that tier; `core.access.finding_tier` as a
    query. `many` says how they are found, not which: see MANY; None finds out."""
    rows = Finding.objects.all()
    if by.kind is ActorKind.TOKEN and rules.READ not in by.scopes:
        return rows.none()
    if at_least > Tier.T0:
        rows = rows.filter(shredded_at=None)
    if by.is_installation:
        return rows if at_least is Tier.T0 else rows.filter(~_has_case(shredded_at__isnull=False))
    if not by.seats:
        return rows.none()
    one_by_one = sees_many(by, now=now, at_least=at_least) if many is None else many
    return rows.filter(_opened(by, now, at_least, one_by_one=one_by_one))


def sees_many(by: Actor, *, now: datetime, at_least: Tier = Tier.T0) -> bool:
    """Whether `by` reads `at_least` that tier of more than MANY findings, as far as a few indexes
    tell."""
    if any(seat.is_house for seat in by.seats):
        return True
    sent = Receipt.objects.filter(reporter__in=by.parties).order_by().values("pk")
    if sent[: MANY + 1].count() > MANY:
        return True
    return coordination().sees_many(by, at_least=at_least, most=MANY)


def _opened(by: Actor, now: datetime, at_least: Tier, *, one_by_one: bool) -> Q:
    cases = coordination().readable(by, now=now, at_least=at_least, one_by_one=one_by_one)
    cases = cases.order_by()
    # None of these cases was shredded, above T0; what a case does not open has to be asked.
    house = [s for s in by.seats if s.is_house and at_least <= rules.HOUSE_TIER[s.role]]
    if house:
        opened = ~_exists(coordination().awake()) | _exists(cases)
    elif one_by_one:
        opened = _exists(cases)
    else:
        opened = Q(pk__in=cases.filter(covers__isnull=False).values("covers"))
    for seat in by.seats:
        if at_least <= rules.ROLE_LIMIT[seat.role]:
            own = _own(seat, by, one_by_one=one_by_one)
            opened |= own if at_least is Tier.T0 else own & ~_has_case(shredded_at__isnull=False)
    return opened


def _own(seat: Seat, by: Actor, *, one_by_one: bool) -> Q:
    """What the seat's party sent, unless it or the person is barred from the case."""
    receipts = Receipt.objects.filter(reporter=seat.party).order_by()
    if one_by_one:
        sent = Q(Exists(receipts.filter(report=OuterRef("report"))))
    else:
        sent = Q(report__in=receipts.values("report"))
    own = sent & ~_barred(party=seat.party)
    return own if by.person is None else own & ~_barred(person=by.person)


def _barred(**whom: int) -> Q:
    named = {f"bars__{name}": value for name, value in whom.items()}
    return _has_case(bars__lifted_at=None, **named)


def _has_case(**where: object) -> Q:
    return _exists(coordination().awake().filter(**where))


def _exists(cases: QuerySet) -> Q:  # type: ignore[type-arg]
    """Whether one of these cases covers the finding in question."""
    return Q(Exists(cases.filter(covers=OuterRef("pk"))))


def visible_reports(
    by: Actor, *, now: datetime, at_least: Tier = Tier.T0, many: bool | None = None
) -> QuerySet[Report]:
    """The reports of which `by` may read `at_least` that tier; `core.access.report_tier` as a
    query. `many` as in `visible_findings`."""
    rows = Report.objects.all()
    if by.kind is ActorKind.TOKEN and rules.READ not in by.scopes:
        return rows.none()
    if not by.seats and not by.is_installation:
        return rows.none()
    one_by_one = by.is_installation or (
        sees_many(by, now=now, at_least=at_least) if many is None else many
    )
    seen = visible_findings(by, now=now, at_least=at_least, many=one_by_one).order_by()
    in_it = Q(Exists(seen.filter(report=OuterRef("pk"))))
    empty = ~Q(Exists(Finding.objects.filter(report=OuterRef("pk"))))
    if by.is_installation:
        return rows.filter(in_it | empty)
    if any(seat.is_house for seat in by.seats):
        opened = in_it
    else:
        summary = visible_findings(
            by, now=now, at_least=max(at_least, Tier.T1), many=one_by_one
        ).order_by()
        if one_by_one:
            opened = Q(Exists(summary.filter(report=OuterRef("pk"))))
        else:
            opened = Q(pk__in=summary.values("report"))
    for seat in by.seats:
        receipts = Receipt.objects.filter(reporter=seat.party).order_by()
        if one_by_one:
            sent = Q(Exists(receipts.filter(report=OuterRef("pk"))))
        else:
            sent = Q(pk__in=receipts.values("report"))
        opened |= sent & in_it
        if at_least <= rules.ROLE_LIMIT[seat.role]:
            opened |= sent & empty
        if seat.is_house and at_least <= rules.HOUSE_TIER[seat.role]:
            opened |= empty
    return rows.filter(opened)


def facts_of(findings: Sequence[Finding], *, now: datetime) -> dict[int, FindingFacts]:
    """What decides access to each of these findings, in a fixed number of queries."""
    cases = coordination().facts({row.lead_id or row.pk for row in findings}, now=now)
    reporters: dict[int, set[int]] = {}
    receipts = Receipt.objects.filter(
        report__in={row.report_id for row in findings}, reporter__isnull=False
    ).order_by()
    for report, party in receipts.values_list("report", "reporter"):
        reporters.setdefault(report, set()).add(party or 0)
    return {
        row.pk: FindingFacts(
            reporters=frozenset(reporters.get(row.report_id, ())),
            case=cases.get(row.lead_id or row.pk),
            shredded=row.shredded_at is not None,
        )
        for row in findings
    }


def tiers_of(by: Actor, findings: Sequence[Finding], *, now: datetime) -> dict[int, Tier | None]:
    """How much `by` may read of each of these findings, by primary key."""
    facts = facts_of(findings, now=now)
    return {row.pk: rules.finding_tier(by, facts[row.pk], now=now) for row in findings}


def report_facts_of(reports: Sequence[Report], *, now: datetime) -> dict[int, ReportFacts]:
    """What decides access to each of these reports, in a fixed number of queries."""
    findings = list(
        Finding.objects.filter(report__in=reports).only("report_id", "lead_id", "shredded_at")
    )
    facts = facts_of(findings, now=now)
    held: dict[int, list[FindingFacts]] = {}
    for row in findings:
        held.setdefault(row.report_id, []).append(facts[row.pk])
    senders: dict[int, set[int]] = {}
    for receipt in Receipt.objects.filter(report__in=reports, reporter__isnull=False):
        senders.setdefault(receipt.report_id, set()).add(receipt.reporter_id or 0)
    return {
        row.pk: ReportFacts(
            reporters=frozenset(senders.get(row.pk, ())), findings=tuple(held.get(row.pk, ()))
        )
        for row in reports
    }


def may_read_event(by: Actor, event: Event, now: datetime) -> bool:
    """Whether `by` may read what an event about a finding says: who reads its detail may, and of
    the house who may know of it."""
    number = id_number("F", public_id_of(event))
    at_least = Tier.T0 if is_house(by) else Tier.T2
    return visible_findings(by, now=now, at_least=at_least).filter(pk=number).exists()


def may_read_report_event(by: Actor, event: Event, now: datetime) -> bool:
    """The same of a report."""
    number = id_number("R", public_id_of(event))
    at_least = Tier.T0 if is_house(by) else Tier.T2
    return visible_reports(by, now=now, at_least=at_least).filter(pk=number).exists()
