"""When a finding becomes a case, and what the evidence says about the report."""

from collections.abc import Collection

from seawall.core.report_states import ReportStep
from seawall.vocab.decisions import Allowed, Decision, Refused
from seawall.vocab.evidence import EvidenceLevel, Verdict


def may_open(*, level: EvidenceLevel, verdict: Verdict | None, by_person: bool) -> Decision:
    """Say whether a finding may become a case.

    Proven findings do by themselves: people are asked about nothing unproven. A person may open
    a case on a claim, but never on a proof that was found forged.
    """
    if level >= EvidenceLevel.E1:
        return Allowed()
    if verdict is Verdict.FORGED:
        return Refused("its proof was found forged")
    if by_person:
        return Allowed()
    return Refused("nothing is proven yet")


def report_step(
    *, level: EvidenceLevel, verdict: Verdict | None, others: Collection[EvidenceLevel]
) -> ReportStep | None:
    """What the evidence says about a received report: valid, invalid, or nothing yet (None).

    `others` are the levels of the group's other findings: one proven finding makes all valid.
    """
    if level >= EvidenceLevel.E1 or any(other >= EvidenceLevel.E1 for other in others):
        return ReportStep.VALIDATE
    if verdict in (Verdict.FORGED, Verdict.NOT_REPRODUCED):
        return ReportStep.INVALIDATE
    return None
