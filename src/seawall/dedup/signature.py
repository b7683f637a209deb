"""What of a finding is compared: its signature."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from seawall.dedup.components import bare_name
from seawall.dedup.components import component as plain_component
from seawall.dedup.frames import Site, in_project, plain_function, plain_path
from seawall.dedup.text import Words, words
from seawall.dedup.weakness import of_cwe, of_kind, of_prose
from seawall.formats.sanitizer import parse_sanitizer
from seawall.formats.traces import parse_trace
from seawall.vocab.findings import Finding
from seawall.vocab.sanitizers import SanitizerReport

MAX_IDENTIFIERS = 64
MAX_SITES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What execution showed about a finding; every part may be unknown (empty).

    Fixes and commits are named by the caller, so that equal names are equal things: the digest
    of a candidate diff, not "the new release", which silences many bugs at once.
    """

    reproducer: str = ""
    """Digest of the reproducer or of the crashing input."""
    sanitizer: SanitizerReport | None = None
    silenced_by: frozenset[str] = frozenset()
    """Fixes under which the reproducer no longer fires."""
    not_silenced_by: frozenset[str] = frozenset()
    """Fixes under which it still fires."""
    introduced_by: frozenset[str] = frozenset()
    """Commits at which a bisection saw it begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A finding as duplicates are looked for; `key` is unique among what is compared."""

    key: str
    component: str = ""
    identifiers: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    kind: str = ""
    """The sanitizer's word, "" without a crash."""
    crash: tuple[Site, ...] = ()
    """The target's own frames, innermost first."""
    sites: tuple[Site, ...] = ()
    """Places that the finding names, without a crash."""
    words: Words = field(default_factory=Words)
    source: str = ""
    """Names the report that listed it; two findings of one report were told apart by its author.
    "" when every finding came alone."""
    finders: tuple[str, ...] = ()
    reproducer: str = ""
    silenced_by: frozenset[str] = frozenset()
    not_silenced_by: frozenset[str] = frozenset()
    introduced_by: frozenset[str] = frozenset()

    @property
    def top(self) -> Site | None:
        """Where it happens: the innermost frame of the target, else the first place named."""
        return self.crash[0] if self.crash else self.sites[0] if self.sites else None


NO_FACTS = Facts()


def of_finding(
    finding: Finding,
    *,
    key: str = "",
    source: str = "",
    finders: Iterable[str] = (),
    facts: Facts = NO_FACTS,
) -> Signature:
    """Give the signature of a finding, with what execution showed about it.

    `key` defaults to the finding's own key; `source` names its report when findings of several
    reports are compared. The crash is the validation's if there is one, else the reporter's.
    """
    crash = facts.sanitizer or _crash(finding.crash)
    families = frozenset(f for cwe in finding.cwes for f in of_cwe(cwe))
    if crash is not None:
        families |= of_kind(crash.kind, crash.address)
    component = plain_component(finding.target)
    name = frozenset({component.rsplit("/", 1)[-1], bare_name(component)})
    return Signature(
        key=key or finding.key,
        component=component,
        identifiers=frozenset(i.upper() for i in finding.identifiers[:MAX_IDENTIFIERS]),
        families=families or of_prose(f"{finding.title}. {finding.description}"),
        kind=crash.kind if crash else "",
        crash=in_project(crash.fault) if crash else (),
        sites=tuple(
            Site(plain_function(place.function), plain_path(place.file), place.line)
            for place in finding.locations[:MAX_SITES]
        ),
        words=words(finding.title, finding.description, leave_out=name),
        source=source,
        finders=tuple(finders),
        reproducer=facts.reproducer,
        silenced_by=facts.silenced_by,
        not_silenced_by=facts.not_silenced_by,
        introduced_by=facts.introduced_by,
    )


def of_crash(
    report: SanitizerReport, *, key: str, component: str = "", facts: Facts = NO_FACTS
) -> Signature:
    """Give the signature of a sanitizer report that came without a finding."""
    return Signature(
        key=key,
        component=plain_component(component),
        families=of_kind(report.kind, report.address),
        kind=report.kind,
        crash=in_project(report.fault),
        reproducer=facts.reproducer,
        silenced_by=facts.silenced_by,
        not_silenced_by=facts.not_silenced_by,
        introduced_by=facts.introduced_by,
    )


def _crash(text: str) -> SanitizerReport | None:
    return (parse_sanitizer(text) or parse_trace(text)) if text else None
