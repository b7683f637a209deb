"""Which case stands for which findings."""

from seawall.cases.models import Case
from seawall.findings.duplicates import group_of
from seawall.findings.models import Finding


def awake(case: Case) -> Case:
    """The case that stands for this one: itself, or the one it was merged into."""
    return case.merged_into or case


def findings_of(case: Case) -> list[Finding]:
    """All findings of the case, the earliest first; none for a case that sleeps."""
    return [] if case.merged_into_id else group_of(case.finding)
