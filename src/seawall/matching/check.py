"""An SBOM checked against an index: what hits it, and everything that could not be said."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from seawall.formats.sbom_parts import why_unusable
from seawall.matching.layers import Advised
from seawall.matching.matches import Examination, Match, Undecided
from seawall.vocab.components import SbomDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """The result of a check. A component is checked when its package was looked up among the
    advisories of its ecosystem; every other one is counted in `not_checked` by reason."""

    sbom: SbomDocument
    advisories: int
    """How many advisories were asked."""
    matches: tuple[Match, ...]
    undecided: tuple[Undecided, ...]
    """Advisories that name a component's package and could not be evaluated."""
    checked: int
    not_checked: Mapping[str, int]
    examples: Mapping[str, tuple[str, ...]]
    """Reason → the first few components that it concerns."""
    left_out: Mapping[str, int]
    """Reason → how many advisories, or packages of them, the index could not take."""

    @property
    def affected(self) -> bool:
        """Whether anything that is a vulnerability, and not merely a notice, was found."""
        return any(not match.informational for match in self.matches)

    @property
    def unchecked(self) -> int:
        """How many parts of the SBOM were not checked."""
        return sum(self.not_checked.values())

    def summary(self) -> str:
        """One line: what was checked, what was found, what was not checked and why."""
        words = [f"{self._checked()}: {self._found()}" if self.checked else "Nothing was checked"]
        if self.undecided:
            words.append(f"{_count(len(self.undecided), 'advisory', 'advisories')} undecided")
        if self.unchecked:
            reasons = "; ".join(
                f"{number} {reason}"
                for reason, number in sorted(self.not_checked.items(), key=lambda r: (-r[1], r[0]))
            )
            words.append(f"NOT CHECKED: {_count(self.unchecked, 'component')} ({reasons})")
        return ". ".join(words) + "."

    def _checked(self) -> str:
        advisories = _count(self.advisories, "advisory", "advisories")
        return f"{_count(self.checked, 'component')} checked against {advisories}"

    def _found(self) -> str:
        if not self.matches:
            return "none affected"
        notices = sum(1 for match in self.matches if match.informational)
        found = _count(len(self.matches) - notices, "vulnerability", "vulnerabilities")
        hit = _count(len({match.component.ref for match in self.matches}), "component")
        return f"{found}{f' and {notices} notices' if notices else ''} in {hit}"


_EXAMPLES = 5


def check_sbom(index: Advised, sbom: SbomDocument) -> CheckReport:
    """Check every component of an SBOM."""
    matches: list[Match] = []
    undecided: list[Undecided] = []
    reasons: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    for component in sbom.components:
        examination = index.examine(component)
        matches += examination.matches
        undecided += examination.undecided
        if examination.not_checked:
            _count_reason(examination, reasons, examples)
    lost = _lost_parts(sbom)
    if lost:
        reasons["unreadable parts of the SBOM"] = len(lost)
        examples["unreadable parts of the SBOM"] = list(lost[:_EXAMPLES])
    skipped = sum(reasons.values()) - len(lost)
    return CheckReport(
        sbom=sbom,
        advisories=index.advisories,
        matches=tuple(matches),
        undecided=tuple(undecided),
        checked=len(sbom.components) - skipped,
        not_checked=MappingProxyType(dict(reasons)),
        examples=MappingProxyType({key: tuple(names) for key, names in examples.items()}),
        left_out=index.skipped,
    )


def _count_reason(
    examination: Examination, reasons: Counter[str], examples: dict[str, list[str]]
) -> None:
    reason = examination.not_checked
    reasons[reason] += 1
    known = examples.setdefault(reason, [])
    if len(known) < _EXAMPLES:
        component = examination.component
        known.append(component.purl or f"{component.name} {component.version}".strip())


def _lost_parts(sbom: SbomDocument) -> tuple[str, ...]:
    """Parts of the SBOM that are not among its components: those named in `unusable` beyond the
    components that are unusable themselves."""
    own = Counter(
        f"{c.name} {c.version}".strip() + f" {why}"
        for c in sbom.components
        if (why := why_unusable(c))
    )
    lost = []
    for words in sbom.unusable:
        if own[words] > 0:
            own[words] -= 1
        else:
            lost.append(words)
    return tuple(lost)


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
