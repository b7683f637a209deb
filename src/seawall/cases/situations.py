"""Where a case stands, for saying what comes next."""

from seawall.cases.fixes import verified_fixes
from seawall.cases.groups import findings_of
from seawall.cases.handovers import material_of
from seawall.cases.models import Case
from seawall.core.next_steps import Situation, Step, next_steps
from seawall.core.response_ready import Point, missing, points
from seawall.core.room_rules import has_consented
from seawall.vocab.access import Part
from seawall.vocab.cases import EmbargoState, ReportState
from seawall.vocab.evidence import EvidenceLevel


def readiness_of(case: Case) -> tuple[Point, ...]:
    """What a vendor needs, and what of it is missing; for those who read detail."""
    return points(material_of(case))


def next_steps_of(case: Case, *, lacks: tuple[str, ...] | None = None) -> tuple[Step, ...]:
    """What comes next in the case and who has to act. `lacks` spares looking again at what is
    missing for a handover."""
    return next_steps(situation_of(case, lacks=lacks))


def situation_of(case: Case, *, lacks: tuple[str, ...] | None = None) -> Situation:
    """Where the case stands now."""
    group = findings_of(case)
    present = [each for each in case.participants.all() if each.left_at is None]
    newest = case.handovers.exclude(state="withdrawn").order_by("-pk").first()
    fixes = list(case.fixes.prefetch_related("verifications"))
    advisory = getattr(case, "advisory", None)
    if lacks is None:
        lacks = () if case.shredded_at else missing(material_of(case))
    return Situation(
        sleeps=case.merged_into_id is not None or case.shredded_at is not None,
        report=ReportState(case.report_state),
        level=EvidenceLevel(max((finding.level for finding in group), default=0)),
        cvd=case.cvd,
        embargo=EmbargoState(case.embargo_state),
        ends_at=case.embargo_ends_at,
        lacks=lacks,
        handover=newest.state if newest else "",
        has_vendor=any(each.part == Part.VENDOR for each in present),
        unbound=sum(
            1
            for each in present
            if not has_consented(each.consented_until, ends_at=case.embargo_ends_at)
        ),
        fixes=len(fixes),
        verified_fixes=len(verified_fixes(case)),
        unverified_fixes=sum(1 for each in fixes if not each.verifications.all()),
        published=advisory is not None and advisory.published_at is not None,
    )
