"""What directives demand for an exposure, kept or not: the shared part of obligations and check."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from seawall.core.directives import binds, demand, tightest
from seawall.directives.policies import directives
from seawall.inventory.facts import FactBook
from seawall.vocab.directives import Answer, Demand
from seawall.vocab.ssvc import SystemClass


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What decides which directives bind a system, and how. `exposed` is None when nobody said."""

    system_class: SystemClass
    exposed: bool | None
    said_by: str
    """Who says whether it is exposed, in words for the explanation."""


def demands(
    identifiers: Iterable[str], *, system: System, book: FactBook, found_at: datetime, now: datetime
) -> Iterator[Demand]:
    """What each directive in force demands. The clock starts when the last deciding fact is known
    here: the finding, or the KEV listing (see the policies' `start`)."""
    facts = book.facts(identifiers)
    answers = {**facts.answers, **_exposed(system)}
    in_kev = facts.kev_added_at is not None or "in_kev" not in facts.answers
    started_at = max(found_at, facts.kev_added_at or found_at)
    for directive in directives():
        if binds(directive, system_class=system.system_class, in_kev=in_kev, now=now):
            wanted = {p.key: answers[p.key] for p in directive.inputs if p.key in answers}
            yield demand(directive, answers=wanted, started_at=started_at, now=now)


def advise(
    vulnerabilities: Sequence[Sequence[str]], *, system: System, now: datetime
) -> list[Demand | None]:
    """The tightest demand for each vulnerability (its identifiers) found now on `system`; None
    where no directive binds. Keeps nothing."""
    book = FactBook(i for identifiers in vulnerabilities for i in identifiers)
    return [
        tightest(tuple(demands(ids, system=system, book=book, found_at=now, now=now)))
        for ids in vulnerabilities
    ]


def _exposed(system: System) -> Mapping[str, Answer]:
    if system.exposed is None:
        return {}
    value = "yes" if system.exposed else "no"
    return {"publicly_exposed": Answer(value=value, source=system.said_by)}
