"""Whether a case can be handed to a vendor: everything that is needed to respond is there."""

from dataclasses import dataclass

from seawall.vocab.evidence import EvidenceLevel

MIN_DESCRIPTION = 40
"""Characters below which a description tells nothing that the title does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a case holds of what a vendor needs.

    `fixes` counts the candidate fixes, `verified_fixes` those that proved good and
    `unverified_fixes` those that were not tried yet.
    """

    description: str
    places: bool
    """Whether the report says where in the code it is."""
    crash: bool
    """Whether there is a sanitizer report or a stack trace."""
    severity: str
    level: EvidenceLevel
    has_reproducer: bool
    fixes: int = 0
    verified_fixes: int = 0
    unverified_fixes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing that a response needs; `lacks` says what to do about it, "" when it is there."""

    name: str
    lacks: str = ""

    @property
    def is_there(self) -> bool:
        return not self.lacks


def points(material: Material) -> tuple[Point, ...]:
    """The six things of a response-ready case, each with what is missing."""
    return (
        Point(name="description", lacks=_description(material)),
        Point(name="trigger", lacks=_trigger(material)),
        Point(
            name="severity",
            lacks="" if material.severity else "say how severe it is: a CVSS vector, or a word",
        ),
        Point(name="reproducer", lacks=_reproducer(material)),
        Point(name="fix", lacks=_fix(material)),
        Point(name="regression test", lacks=_regression_test(material)),
    )


def missing(material: Material) -> tuple[str, ...]:
    """What is missing, in words; () for a case that is response-ready."""
    return tuple(f"{point.name}: {point.lacks}" for point in points(material) if point.lacks)


def _description(material: Material) -> str:
    if len(material.description.strip()) < MIN_DESCRIPTION:
        return "describe the weakness and what it leads to"
    return ""


def _trigger(material: Material) -> str:
    """Which input reaches which code: shown by a proof that was attributed, by a crash, or said."""
    if material.level >= EvidenceLevel.E3 or material.crash or material.places:
        return ""
    return "say which input reaches which code: a place in the source, or a stack trace"


def _reproducer(material: Material) -> str:
    if not material.has_reproducer:
        return "add a reproducer"
    if material.level < EvidenceLevel.E1:
        return "the reproducer has not been confirmed by a run"
    return ""


def _fix(material: Material) -> str:
    """None is needed, but one that is offered must have been tried."""
    if material.fixes and not material.verified_fixes:
        if material.unverified_fixes:
            return "the candidate fix waits for its verification"
        return "no candidate fix was verified; mend one or offer none"
    return ""


def _regression_test(material: Material) -> str:
    """A proof that also stays silent where it should can be run before and after the fix."""
    if material.level >= EvidenceLevel.E2 or material.verified_fixes:
        return ""
    return "no run shows that the proof falls silent once the weakness is gone"
