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
    from seawall.findings import queries as findings
    from seawall.validation import queries as validation

    intake = findings.intake()
    yield "reported", "Findings reported", lambda: intake.findings
    yield "distinct", "Distinct vulnerabilities", lambda: intake.distinct
    yield "proven", "Proven by execution in the target's own code (E3)", validation.count_proven
