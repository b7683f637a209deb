"""Opening cases and keeping them in step with what is known."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Coalesce

from seawall.cases import budgets, embargoes, participants
from seawall.cases.groups import awake as awake
from seawall.cases.groups import findings_of as findings_of
from seawall.cases.models import Case, CaseMoment
from seawall.cases.read_ins import take_over_bars
from seawall.cases.refusals import CaseRefused as CaseRefused
from seawall.core import cvd
from seawall.core.case_rules import may_open
from seawall.core.report_states import ReportStep, step
from seawall.findings.models import Finding, Identifier
from seawall.findings.queries import in_groups
from seawall.findings.triage import accepted
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.validation.queries import Evidence, best_evidence
from seawall.vocab.actors import Actor, ActorKind
from seawall.vocab.cases import EmbargoState, ReportState
from seawall.vocab.decisions import Refused


@transaction.atomic
def open_case(finding: Finding, *, by: Actor, now: datetime) -> Case:
    """The case of the finding's group, opened when there is none. Raises CaseRefused.

    Workers open a case for what is proven; a person may do so for a claim as well.
    """
    group = _locked_group(finding)
    known = Case.objects.filter(finding__in=group).order_by("pk").first()
    if known is not None:
        return awake(known)
    evidence = best_evidence([member.pk for member in group])
    best = max(evidence.values(), key=lambda each: each.level)
    decision = may_open(
        level=best.level, verdict=best.verdict, by_person=by.kind is not ActorKind.JOB
    )
    if isinstance(decision, Refused):
        raise CaseRefused(f"{finding.public_id} is no case: {decision.reason}.")
    lead = group[0]
    case = Case.objects.create(
        finding=lead,
        title=_title(group, evidence),
        cve=_cve(group),
        opened_at=now,
        report_state=ReportState.RECEIVED,
        embargo_state=EmbargoState.NONE,
    )
    accepted(member.pk for member in group)
    facts = {"findings": [member.public_id for member in group], "level": best.level.name}
    ledger.record(by=by, what="case.opened", on=case, facts=facts, at=now)
    if best.level:
        take_step(case, ReportStep.VALIDATE, by=by, now=now)
    participants.gather(case, by=by, now=now)
    outbox.send("case.changed", due_at=now, case_id=case.pk)
    return case


@transaction.atomic
def regroup(finding_ids: Iterable[int], *, by: Actor, now: datetime) -> None:
    """Put cases to sleep whose findings belong to an earlier case's group, and wake those whose
    findings no longer do. Safe to run at any time."""
    groups = {
        finding.lead_id or finding.pk for finding in Finding.objects.filter(pk__in=finding_ids)
    }
    for lead in sorted(groups):
        cases = list(Case.objects.select_for_update().filter(in_groups([lead])).order_by("pk"))
        for case in cases:
            kept = cases[0] if case != cases[0] else None
            if case.merged_into_id == (kept.pk if kept else None):
                continue
            case.merged_into = kept
            case.save(update_fields=["merged_into"])
            what = "case.merged" if kept else "case.split"
            facts = {"into": kept.public_id} if kept else {}
            ledger.record(by=by, what=what, on=case, facts=facts, at=now)
            if kept:
                embargoes.take_over(kept, of=case, by=by, now=now)
                take_over_bars(kept, of=case, by=by, now=now)
        if cases:
            _follow(cases[0], by=by, now=now)


def _follow(case: Case, *, by: Actor, now: datetime) -> None:
    """Let a case follow its findings: who sent one takes part, and an independent finder shortens
    the embargo at once; everybody in the case is told."""
    participants.gather(case, by=by, now=now)
    embargoes.pass_time(case, by=by, now=now)


@transaction.atomic
def take_step(case: Case, to_take: ReportStep, *, by: Actor, now: datetime) -> None:
    """Move the case's report state by one step of the report management model."""
    row = Case.objects.select_for_update().get(pk=case.pk)
    after = step(ReportState(row.report_state), to_take)
    if isinstance(after, Refused):
        raise CaseRefused(f"{case.public_id}: {after.reason}.")
    case.report_state = after
    case.save(update_fields=["report_state"])
    ledger.record(by=by, what="case.report_state", on=case, facts={"state": str(after)}, at=now)
    if after is ReportState.CLOSED:
        budgets.look_again_at(case, now=now)


@transaction.atomic
def observe(case: Case, event: cvd.CvdEvent, *, by: Actor, now: datetime) -> None:
    """Record that something happened in the world, with what follows from it (CVD model)."""
    row = Case.objects.select_for_update().get(pk=case.pk)
    after = cvd.record(row.cvd, event)
    if isinstance(after, Refused):
        raise CaseRefused(f"{case.public_id}: {after.reason}.")
    for each in after[1]:
        setattr(case, each.fact, True)
    case.save(update_fields=[each.fact for each in after[1]])
    CaseMoment.objects.bulk_create(
        CaseMoment(case=case, event=each.value, at=now) for each in after[1]
    )
    facts = {"events": [str(each) for each in after[1]], "state": str(after[0])}
    ledger.record(by=by, what="case.observed", on=case, facts=facts, at=now)
    embargoes.pass_time(case, by=by, now=now)
    budgets.look_again_at(case, now=now)
    outbox.send("case.changed", due_at=now, case_id=case.pk)


def _locked_group(finding: Finding) -> list[Finding]:
    row = Finding.objects.select_for_update().get(pk=finding.pk)
    lead = row.lead_id or row.pk
    return list(
        Finding.objects.select_for_update()
        .alias(group=Coalesce("lead", "pk"))
        .filter(group=lead)
        .order_by("pk")
    )


def _title(group: list[Finding], evidence: dict[int, Evidence]) -> str:
    """The title of the best proven finding, of the earliest among equals."""
    return max(group, key=lambda member: (evidence[member.pk].level, -member.pk)).title


def _cve(group: list[Finding]) -> str:
    found = (
        Identifier.objects.filter(finding__in=group, text__istartswith="CVE-")
        .order_by("finding", "text")
        .first()
    )
    return found.text.upper()[:30] if found else ""
