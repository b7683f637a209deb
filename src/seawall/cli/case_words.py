"""What the commands on case rooms share: finding a case, and rules that say no in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from seawall.cli.output import clear_errors, fail

if TYPE_CHECKING:
    from seawall.cases.models import Case
    from seawall.parties.models import Party, Person

TIERS = ("T0", "T1", "T2", "T3")


def now() -> datetime:
    return datetime.now(UTC)


def utc(moment: datetime | None) -> datetime | None:
    """What was given on the command line is UTC."""
    return None if moment is None else moment.replace(tzinfo=UTC)


def case_of(text: str) -> "Case":
    """The case of that id, as the installation sees it; ends the command when there is none."""
    from seawall.cases.access import case
    from seawall.vocab.actors import LOCAL

    with refusals():
        return case(LOCAL, text)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what a rule refuses, and bad input, into one line and exit code 2."""
    from seawall.cases.refusals import CaseRefused
    from seawall.parties.access import NotFound, NotPermitted

    with clear_errors():
        try:
            yield
        except (CaseRefused, NotFound, NotPermitted) as error:
            fail(str(error))


def whom(person: str, party: str) -> "Person | Party":
    """The person or the party that was named, exactly one of the two."""
    from seawall.cases.speakers import party_named, person_named

    if bool(person) == bool(party):
        fail("say --person or --party")
    with refusals():
        return person_named(person) if person else party_named(party)
