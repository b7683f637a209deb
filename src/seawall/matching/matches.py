"""What matching answers: which advisories hit a component, why, and what could not be said."""

from dataclasses import dataclass
from datetime import datetime

from seawall.vocab.advisories import Severity
from seawall.vocab.components import Component


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One advisory record that says a component is affected, and what decided it."""

    id: str
    aliases: tuple[str, ...]
    summary: str
    severities: tuple[Severity, ...]
    severity_word: str
    """The source's own word ("HIGH", "Critical") when it gives no vector; may be ""."""
    package: str
    """Ecosystem and name as the record has them: "PyPI jinja2"."""
    why: str
    """What decided: "affected from 3.0, fixed in 3.1.5"."""
    fixed: tuple[str, ...]
    covers: tuple[str, ...] = ()
    """Vulnerabilities that a distribution's advisory fixes besides its aliases."""
    informational: str = ""
    """RustSec's kind of notice that is not a vulnerability ("unmaintained"); "" otherwise."""
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One vulnerability that hits one component; records that share an identifier are one."""

    component: Component
    id: str
    """The identifier to show: that of the first record in the order CVE, GHSA, others."""
    aliases: tuple[str, ...]
    """Every other identifier of the vulnerability, sorted."""
    package: str
    version: str
    why: str
    fixed: tuple[str, ...]
    """Versions to upgrade to, as the records name them."""
    records: tuple[Record, ...]
    doubts: tuple[str, ...] = ()
    """Records of the same vulnerability that say otherwise, each with its reason."""

    @property
    def identifiers(self) -> tuple[str, ...]:
        """All identifiers, the shown one first."""
        return (self.id, *self.aliases)

    @property
    def covers(self) -> tuple[str, ...]:
        """Vulnerabilities that the records (advisories of distributions) fix as a bundle; none is
        an identifier of the match itself."""
        named = dict.fromkeys(name for record in self.records for name in record.covers)
        return tuple(name for name in named if name not in self.identifiers)

    @property
    def informational(self) -> str:
        """The kind of notice when no record calls it a vulnerability, else ""."""
        kinds = [record.informational for record in self.records]
        return kinds[0] if all(kinds) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """An advisory that names a component's package and could not be evaluated for it."""

    component: Component
    id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """Everything that can be said of one component. `not_checked` is the kind of reason why it
    was not looked up at all, "" when it was."""

    component: Component
    matches: tuple[Match, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    not_checked: str = ""
