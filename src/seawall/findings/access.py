"""Which reports and findings an actor may see; doors obtain them only here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from seawall.core import access as rules
from seawall.core.public_ids import id_number
from seawall.findings.coordination import coordination
from seawall.findings.exporting import demand_export
from seawall.findings.files import content
from seawall.findings.models import Attachment, DuplicateLink, Finding, RejectedPart, Report
from seawall.findings.queries import in_groups
from seawall.findings.reading import (
    facts_of,
    report_facts_of,
    tiers_of,
    visible_findings,
    visible_reports,
)
from seawall.formats.identifiers import spell_identifier
from seawall.parties.access import NotFound as NotFound
from seawall.parties.access import NotPermitted, demand, is_house, require
from seawall.parties.models import Party, Scope
from seawall.vocab import findings as vocab
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFilter:
    """What a list of findings is narrowed to; empty parts do not narrow."""

    target: str = ""
    """The start of a target, such as "pkg:pypi/jinja2"."""
    identifier: str = ""
    text: str = ""
    """Part of the title, letter case aside."""
    report: str = ""
    distinct: bool = False
    """Only the earliest finding of each vulnerability."""

    @property
    def asks_for_content(self) -> bool:
        """Whether a hit says more than that something exists."""
        return bool(self.target or self.identifier or self.text or self.distinct)


def reports(
    by: Actor, *, now: datetime | None = None, many: bool | None = None
) -> QuerySet[Report]:
    """Reports of which `by` may know, newest first, each with `finding_count` (of the findings
    that `by` may know of) and `rejected_count`. What may be shown of each is said by
    `report_tiers`. `many` as in `reading.visible_findings`."""
    require(by, Scope.READ)
    now = now or timezone.now()
    seen = visible_findings(by, now=now, many=True)
    return (
        visible_reports(by, now=now, many=many)
        .annotate(
            finding_count=_count_of(seen), rejected_count=_count_of(RejectedPart.objects.all())
        )
        .prefetch_related("receipts__reporter")
        .order_by("-pk")
    )


def report(by: Actor, public_id: str, *, now: datetime | None = None) -> Report:
    """One report by `R-2026-000001` or by the digest of its bytes; raises NotFound, the same
    whether it is absent or hidden. Only who may read detail finds it by its digest."""
    now = now or timezone.now()
    number, rows = id_number("R", public_id), reports(by, now=now, many=True)
    if number:
        found = rows.filter(pk=number).first()
    else:
        found = rows.filter(digest=public_id.lower()).first()
        if found is not None and (report_tiers(by, [found], now=now)[found.pk] or 0) < Tier.T2:
            found = None
    if found is None or (number and not _same(found.public_id, public_id)):
        raise NotFound(f"There is no report {public_id}.")
    return found


def report_tiers(
    by: Actor, rows: Sequence[Report], *, now: datetime | None = None
) -> dict[int, Tier | None]:
    """How much `by` may read of each of these reports, in a fixed number of queries."""
    now = now or timezone.now()
    facts = report_facts_of(rows, now=now)
    return {row.pk: rules.report_tier(by, facts[row.pk], now=now) for row in rows}


def senders(by: Actor, report: Report) -> list[Party]:
    """Who sent a report that `reports` gave, oldest first: to the coordinators all of them, to a
    sender itself; who else sent it a finder does not learn."""
    parties = [each.reporter for each in report.receipts.all() if each.reporter is not None]
    return [party for party in parties if is_house(by) or party.pk in by.parties]


def rejected_parts(
    by: Actor, report: Report, *, now: datetime | None = None
) -> list[vocab.RejectedPart] | None:
    """The parts of a report that could not be read; they may be about any of its findings, so they
    are for who may read the detail of all of them, None for others."""
    held = report_facts_of([report], now=(now := now or timezone.now()))[report.pk]
    tiers = [rules.finding_tier(by, each, now=now) for each in held.findings]
    tiers = tiers or [rules.report_tier(by, held, now=now)]
    if any(tier is None or tier < Tier.T2 for tier in tiers):
        return None
    return [each.value() for each in report.rejected_parts.all()]


def findings(
    by: Actor,
    where: FindingFilter | None = None,
    *,
    at_least: Tier = Tier.T0,
    now: datetime | None = None,
    many: bool | None = None,
) -> QuerySet[Finding]:
    """Findings of which `by` may read `at_least` that tier, newest first, ready to be shown without
    further queries; what may be shown of each is said by `tiers`.

    A narrowed list holds only findings of which `by` may read the summary: a hit tells what was
    asked for. `many` as in `reading.visible_findings`.
    """
    require(by, Scope.READ)
    now = now or timezone.now()
    if where is not None and where.asks_for_content:
        at_least = max(at_least, Tier.T1)
    rows = _ready(visible_findings(by, now=now, at_least=at_least, many=many))
    if where is None:
        return rows
    if where.target:
        rows = rows.filter(target__startswith=where.target)
    if where.identifier:
        rows = rows.filter(identifiers__text=spell_identifier(where.identifier))
    if where.text:
        rows = rows.filter(title__icontains=where.text)
    if where.report:
        rows = rows.filter(report=report(by, where.report, now=now).pk)
    if where.distinct:
        rows = rows.filter(lead=None)
    return rows


def _ready(rows: QuerySet[Finding]) -> QuerySet[Finding]:
    """With what is shown of a finding."""
    related = rows.select_related("report", "lead", "reproducer")
    return related.prefetch_related("identifiers")


def finding(
    by: Actor, public_id: str, *, at_least: Tier = Tier.T0, now: datetime | None = None
) -> Finding:
    """One finding by `F-2026-000001`, of which `by` may read `at_least` that tier. Raises NotFound,
    the same whether it is absent or hidden; NotPermitted when `by` may know of it and no more."""
    require(by, Scope.READ)
    now = now or timezone.now()
    found = _ready(Finding.objects.filter(pk=id_number("F", public_id))).first()
    held = tiers_of(by, [found], now=now)[found.pk] if found else None
    if found is None or held is None or not _same(found.public_id, public_id):
        raise NotFound(f"There is no finding {public_id}.")
    if held < at_least:
        raise NotPermitted(f"This takes tier {at_least.name}; you are read in to {held.name}.")
    return found


def tiers(by: Actor, rows: Sequence[Finding], *, now: datetime | None = None) -> dict[int, Tier]:
    """How much `by` may read of each of the findings that `findings` gave, by primary key, in a
    fixed number of queries; raises NotFound for one of which `by` may not even know."""
    found = tiers_of(by, rows, now=now or timezone.now())
    held: dict[int, Tier] = {}
    for row in rows:
        tier = found[row.pk]
        if tier is None:
            raise NotFound(f"There is no finding {row.public_id}.")
        held[row.pk] = tier
    return held


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the sender of a later finding learns of the earlier one, and no more."""

    since: datetime
    handled: bool
    """Whether a case coordinates it."""


def known(rows: Sequence[Finding]) -> dict[int, Known]:
    """Of each of these findings that is a duplicate, since when the vulnerability is known, by
    primary key; one query for all."""
    later = {row.pk: row.lead for row in rows if row.lead is not None}
    leads = {lead.pk for lead in later.values()}
    cases = coordination().awake().filter(in_groups(leads))
    pairs = cases.values_list("finding", "finding__lead")
    handled = {lead or finding for finding, lead in pairs}
    return {
        pk: Known(since=lead.received_at, handled=lead.pk in handled) for pk, lead in later.items()
    }


def links_of(by: Actor, finding: Finding, *, now: datetime | None = None) -> list[DuplicateLink]:
    """All links of a finding, undone ones included, oldest first: for the coordinators, who may
    read the detail of both findings. Everybody else learns `known`."""
    require(by, Scope.READ)
    if not is_house(by):
        return []
    now = now or timezone.now()
    seen = visible_findings(by, now=now, at_least=Tier.T2).values("pk")
    return list(
        DuplicateLink.objects.filter(Q(earlier=finding) | Q(later=finding))
        .filter(earlier__in=seen, later__in=seen)
        .select_related("earlier", "later__report")
    )


def links(by: Actor, *, now: datetime | None = None) -> QuerySet[DuplicateLink]:
    """Links between findings, newest first: for the coordinators, who may read the detail of both
    findings; none for anybody else."""
    require(by, Scope.READ)
    rows = DuplicateLink.objects.select_related("earlier__report", "later__report")
    if not is_house(by):
        return rows.none()
    seen = visible_findings(by, now=now or timezone.now(), at_least=Tier.T2).order_by()
    both = Q(Exists(seen.filter(pk=OuterRef("earlier")))) & Q(
        Exists(seen.filter(pk=OuterRef("later")))
    )
    return rows.filter(both).order_by("-pk")


def link_between(by: Actor, earlier: Finding, later: Finding) -> DuplicateLink | None:
    """The link of two findings that `finding` gave with tier T2: for the coordinators."""
    require(by, Scope.READ)
    if not is_house(by):
        return None
    rows = DuplicateLink.objects.select_related("earlier", "later__report")
    return rows.filter(earlier=earlier, later=later).first()


def attachment_bytes(by: Actor, attachment: Attachment, *, now: datetime | None = None) -> bytes:
    """The content of an attachment; raises what `files.content` raises.

    A reproducer is for who may fetch that of a finding which it proves and sent it, or has an
    approved export; any other file is for who
    may read the detail of all findings of the report, since nothing says to which it belongs.
    Raises NotFound when `by` may not know of the report, NotPermitted when that is all.
    """
    require(by, Scope.READ)
    now = now or timezone.now()
    rows = list(Finding.objects.filter(report=attachment.report_id))
    facts = facts_of(rows, now=now)
    if report_tiers(by, [attachment.report], now=now)[attachment.report_id] is None:
        raise NotFound(f"There is no attachment {attachment.pk}.")
    proven = [row for row in rows if row.reproducer_id == attachment.pk]
    if proven:
        answers = [rules.may_fetch(by, facts[row.pk], now=now) for row in proven]
        if not any(isinstance(each, Allowed) for each in answers):
            demand(answers[0])
        demand_export(attachment, proven, by=by, now=now)
    elif any((rules.finding_tier(by, each, now=now) or 0) < Tier.T2 for each in facts.values()):
        raise NotPermitted("This takes tier T2 of all that the report says.")
    return content(attachment)


def _count_of(of: QuerySet[Finding] | QuerySet[RejectedPart]) -> Coalesce:
    """How many of these rows a report has; each kind counted for itself, so that they do not
    multiply."""
    rows = of.filter(report=OuterRef("pk")).order_by().values("report")
    return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count")), 0)


def _same(one: str, other: str) -> bool:
    """Whether two public ids are the same, year included."""
    return one.split("-")[:2] == other.upper().strip().split("-")[:2]
