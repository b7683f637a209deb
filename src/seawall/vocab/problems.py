"""A problem that validation found in a document: which rule, where, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum


class ProblemSeverity(StrEnum):
    """An error makes the document invalid; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One broken rule in one place of a document."""

    test: str
    """The rule's id, such as "csaf-schema", "csaf-6.1.7" or "consistency-fixed"."""
    severity: ProblemSeverity = ProblemSeverity.ERROR
    pointer: str = ""
    """JSON pointer (RFC 6901) into the document; "" for the whole."""
    message: str
    """What is wrong, one sentence without a full stop."""
    mend: str = ""
    """What to do about it, one sentence without a full stop."""
    clause: str = ""
    """The clause of the standard that demands it, such as "CSAF 2.0 §6.1.7"."""

    def __str__(self) -> str:
        where = self.pointer or "/"
        text = f"{self.test} at {where}: {self.message}"
        return f"{text} ({self.mend})" if self.mend else text
