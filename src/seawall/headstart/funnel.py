"""The head-start funnel: how much of what was reported has come how far."""

from dataclasses import dataclass

from seawall.advisories.queries import advisory_counts
from seawall.cases.queries import case_counts
from seawall.findings.queries import intake
from seawall.inventory.queries import exposure_counts
from seawall.validation.queries import count_proven

LABELS = {
    "reported": "Findings reported",
    "distinct": "Distinct vulnerabilities",
    "proven": "Proven by execution in the target's own code (E3)",
    "fixed": "With a fix verified against every proof",
    "drafted": "With an advisory that is valid in every format",
    "published": "Published",
    "exposures": "Exposures found in operators' systems",
    "closed": "Exposures closed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage; `key` is stable for programs, `count` counts vulnerabilities unless the label
    says otherwise."""

    key: str
    label: str
    count: int


def funnel() -> tuple[Stage, ...]:
    """The stages in the order of the pipeline, counted now: seconds with a million findings."""
    counts = count()
    return tuple(Stage(key=key, label=label, count=counts[key]) for key, label in LABELS.items())


def count() -> dict[str, int]:
    """Every stage's count by key, in the order of the pipeline."""
    reports, advisories, exposures = intake(), advisory_counts(), exposure_counts()
    return {
        "reported": reports.findings,
        "distinct": reports.distinct,
        "proven": count_proven(),
        "fixed": case_counts().fixed,
        "drafted": advisories.drafted,
        "published": advisories.published,
        "exposures": exposures.found,
        "closed": exposures.closed,
    }
