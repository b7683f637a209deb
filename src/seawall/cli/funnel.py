"""The head-start funnel: how much of what was reported has come how far."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage; `key` is stable for programs, `count` counts vulnerabilities unless the label
    says otherwise."""

    key: str
    label: str
    count: int


def funnel() -> tuple[Stage, ...]:
    """The stages in the order of the pipeline. State must be open."""
    return tuple(Stage(key=key, label=label, count=count()) for key, label, count in _stages())


def _stages() -> Iterator[tuple[str, str, Callable[[], int]]]:
    from seawall.advisories.queries import advisory_counts
    from seawall.cases.queries import case_counts
    from seawall.findings import queries as findings
    from seawall.inventory.queries import exposure_counts
    from seawall.validation import queries as validation

    intake, advisories = findings.intake(), advisory_counts()
    exposures = exposure_counts()
    yield "reported", "Findings reported", lambda: intake.findings
    yield "distinct", "Distinct vulnerabilities", lambda: intake.distinct
    yield "proven", "Proven by execution in the target's own code (E3)", validation.count_proven
    yield "fixed", "With a fix verified against every proof", lambda: case_counts().fixed
    yield "drafted", "With an advisory that is valid in every format", lambda: advisories.drafted
    yield "published", "Published", lambda: advisories.published
    yield "exposures", "Exposures found in operators' systems", lambda: exposures.found
    yield "closed", "Exposures closed", lambda: exposures.closed
