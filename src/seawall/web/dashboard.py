"""What the dashboard shows: the head start, what waits for whoever looks, and what is due next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seawall.advisories.access import advisories
from seawall.cases.access import cases, proposals
from seawall.cases.among import taken_part_in, to_consent, unanswered
from seawall.cases.models import Case
from seawall.cases.reading import FOR_FACTS, tier_of
from seawall.directives.access import obligations
from seawall.findings.access import findings
from seawall.findings.among import sent_by
from seawall.headstart import queries as headstart
from seawall.headstart.queries import HeadStart
from seawall.inventory.access import exposures
from seawall.parties.approvals import approvals
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor
from seawall.vocab.cases import EmbargoState, ReportState
from seawall.vocab.evidence import EvidenceLevel
from seawall.web.bounded import Bounded, bounded
from seawall.web.pictures import Series, Stage, funnel, trend
from seawall.web.roles import holds, is_house
from seawall.web.templatetags.parts import address

TREND_DAYS = 30
MOST_DEADLINES = 8

LABELS = {
    "reported": gettext_lazy("Findings reported"),
    "distinct": gettext_lazy("Distinct vulnerabilities"),
    "proven": gettext_lazy("Proven by execution in the target's own code (E3)"),
    "fixed": gettext_lazy("With a fix verified against every proof"),
    "drafted": gettext_lazy("With an advisory that is valid in every format"),
    "published": gettext_lazy("Published"),
    "exposures": gettext_lazy("Exposures found in operators' systems"),
    "closed": gettext_lazy("Exposures closed"),
}
_PROPOSED = (EmbargoState.PROPOSED.value, EmbargoState.REVISE.value)
_HOLDING = (EmbargoState.ACTIVE.value, EmbargoState.REVISE.value)
_LEADS_TO = {"reported": "intake", "published": "advisories"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something that waits for whoever looks; `href` is where it is done."""

    label: Any
    count: Bounded
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Something that is due; `title` is empty when whoever looks may only know that it exists."""

    at: datetime
    what: Any
    id: str
    title: str
    href: str


def house_funnel(found: HeadStart) -> SafeString:
    """The funnel of the whole installation, from the newest snapshot."""
    stages = [
        Stage(
            label=LABELS[stage.key],
            count=stage.count,
            css="p-good" if stage.key in ("published", "closed") else "p-1",
            href=address(_LEADS_TO[stage.key]) if stage.key in _LEADS_TO else "",
        )
        for stage in found.stages
    ]
    return funnel([stages[:6], stages[6:]])


def house_trend(now: datetime) -> SafeString:
    """How far the vulnerabilities were, by day; empty before there are two days."""
    told = headstart.by_day(until=now.date(), days=TREND_DAYS)
    if len(told) < 2:
        return SafeString("")
    steps = ("distinct", "proven", "fixed", "published")
    names = (_("not proven"), _("proven"), _("fix verified"), _("published"))
    layers = []
    for i, (key, name) in enumerate(zip(steps, names, strict=True)):
        beyond = steps[i + 1] if i + 1 < len(steps) else None
        values = [max(c[key] - (c[beyond] if beyond else 0), 0) for _day, c in told]
        layers.append(Series(label=name, values=values, colour=(4, 2, 1, 3)[i]))
    title = _("Vulnerabilities by how far they have come")
    return trend("trend", title, [day for day, _counts in told], layers[::-1])


def own_funnel(who: Actor) -> SafeString:
    """The same for somebody outside the house: what is their own, counted up to a thousand; empty
    when there is nothing."""
    sent = sent_by(who)
    groups: list[Sequence[Stage]] = [
        [
            _stage(_("Findings that your party sent"), bounded(sent)),
            _stage(LABELS["proven"], bounded(sent.filter(level__gte=int(EvidenceLevel.E3)))),
        ]
    ]
    known = taken_part_in(who)
    groups.append(
        [
            _stage(_("Cases in which your party takes part"), bounded(known)),
            _stage(_("With a fix ready"), bounded(known.filter(fix_ready=True))),
            _stage(_("Public"), bounded(known.filter(public_aware=True)), css="p-good"),
        ]
    )
    if holds(who, "deployer"):
        every = exposures(who, include_closed=True)
        done = every.filter(closed_at__isnull=False)
        groups.append(
            [
                _stage(_("Exposures in your systems"), bounded(every)),
                _stage(LABELS["closed"], bounded(done), css="p-good"),
            ]
        )
    kept = [group for group in groups if group[0].count]
    return funnel(kept) if kept else SafeString("")


def _stage(label: Any, count: Bounded, css: str = "p-1") -> Stage:
    return Stage(label=label, count=count.count, css=css, is_more=count.is_more)


def waiting(who: Actor, *, in_house: bool, now: datetime) -> list[Waiting]:
    """What waits for `who`, without what nobody waits for."""
    found = [_to_sign(who, now), *(_house_waits(who) if in_house else _party_waits(who, now))]
    return [each for each in found if each.count and each.href]


def _to_sign(who: Actor, now: datetime) -> Waiting:
    """Approvals that `who` knows of and has not signed."""
    known = approvals(who, now=now, open_only=True)
    mine = [
        each
        for each in known
        if who.person not in {signature.person_id for signature in each.signatures.all()}
    ]
    return _wait(_("approvals to look at"), Bounded(count=len(mine)), "approvals")


def _house_waits(who: Actor) -> Iterator[Waiting]:
    intake = findings(who).filter(state=ReportState.RECEIVED.value)
    yield _wait(_("findings to decide about"), bounded(intake), "intake")
    yield _wait(_("pairs of cases that may be one"), bounded(proposals(who)), "duplicates")
    proposed = cases(who).filter(embargo_state__in=_PROPOSED)
    yield _wait(_("proposed embargoes to answer"), bounded(proposed), "cases")
    unheard = cases(who).filter(vendor_aware=False, report_state=ReportState.ACCEPTED.value)
    yield _wait(_("cases whose vendor does not know yet"), bounded(unheard), "cases")
    drafts = advisories(who).filter(published_at=None)
    yield _wait(_("advisories to publish"), bounded(drafts), "advisories")


def _party_waits(who: Actor, now: datetime) -> Iterator[Waiting]:
    mine = taken_part_in(who)
    proposed = mine.filter(embargo_state__in=_PROPOSED)
    yield _wait(_("proposed embargoes to answer"), bounded(proposed), "cases")
    agree = to_consent(who, now=now)
    yield _wait(_("embargoes that your party has not accepted"), bounded(agree), "cases")
    if holds(who, "vendor"):
        yield _wait(_("cases to take up or decline"), bounded(unanswered(who)), "maintainer")
        yield _wait(_("cases without a fix"), bounded(mine.filter(fix_ready=False)), "maintainer")
    if holds(who, "deployer"):
        late = obligations(who).filter(due_at__lt=now)
        yield _wait(_("obligations that are overdue"), bounded(late), "operator")


def _wait(label: Any, count: Bounded, name: str) -> Waiting:
    return Waiting(label=label, count=count, href=address(name))


def deadlines(who: Actor, *, now: datetime) -> list[Deadline]:
    """What is due next for `who`, soonest first: ends of embargoes, fixes promised, obligations."""
    rows = Case.objects.filter(merged_into=None) if is_house(who) else taken_part_in(who)
    rows = rows.prefetch_related(*FOR_FACTS)
    found = [*_embargoes(rows, who, now), *_promises(rows, who, now)]
    if holds(who, "deployer"):
        found += _obligations(who)
    return sorted(found, key=lambda each: each.at)[:MOST_DEADLINES]


def _embargoes(rows: QuerySet[Case], who: Actor, now: datetime) -> Iterator[Deadline]:
    due = rows.filter(embargo_state__in=_HOLDING, embargo_ends_at__gte=now)
    for case in due.order_by("embargo_ends_at")[:MOST_DEADLINES]:
        yield from _of_case(case, case.embargo_ends_at, _("embargo ends"), who, now)


def _promises(rows: QuerySet[Case], who: Actor, now: datetime) -> Iterator[Deadline]:
    due = rows.filter(fix_promised_at__gte=now, fix_ready=False)
    for case in due.order_by("fix_promised_at")[:MOST_DEADLINES]:
        yield from _of_case(case, case.fix_promised_at, _("fix promised"), who, now)


def _of_case(
    case: Case, at: datetime | None, what: str, who: Actor, now: datetime
) -> Iterator[Deadline]:
    """The deadline as far as `who` may read the case; nothing when not even that it exists."""
    held = tier_of(who, case, now=now)
    if held is not None and at is not None:
        title = case.title if held >= Tier.T1 else ""
        href = address("case", case.public_id)
        yield Deadline(at=at, what=what, id=case.public_id, title=title, href=href)


def _obligations(who: Actor) -> Iterator[Deadline]:
    for each in obligations(who).filter(due_at__isnull=False)[:MOST_DEADLINES]:
        yield Deadline(
            at=each.due_at,
            what=each.directive,
            id=each.public_id,
            title=f"{each.exposure.vulnerability} · {each.exposure.asset.name}",
            href=address("operator"),
        )
