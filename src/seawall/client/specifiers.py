"""Version specifiers of Python requirements (packaging.python.org, version specifiers): which
versions they allow, and the least change that lets out the affected ones."""

import re
from dataclasses import dataclass, replace

from seawall.client.remedies import NoRemedy, Remedies, version_key
from seawall.vocab.errors import BadInput

ECOSYSTEM = "PyPI"
_CLAUSE = re.compile(r"\s*(~=|===|==|!=|<=|>=|<|>)\s*([A-Za-z0-9][^\s,;()]*)\s*")
_RELEASE = re.compile(r"v?((?:[0-9]+!)?)([0-9]+(?:\.[0-9]+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One part of a specifier, as it is written."""

    operator: str
    version: str

    def __str__(self) -> str:
        return f"{self.operator}{self.version}"

    @property
    def pins(self) -> bool:
        """Whether it allows one version only."""
        return self.operator == "===" or (self.operator == "==" and not self.is_wild)

    @property
    def is_wild(self) -> bool:
        return self.version.endswith(".*")

    def allows(self, version: str) -> bool:
        """Whether it accepts a version; raises BadInput for what cannot be read."""
        if self.operator == "===":
            return version == self.version
        if self.is_wild:
            return _has_prefix(version, self.version[:-2]) is (self.operator == "==")
        given, own = version_key(ECOSYSTEM, version), version_key(ECOSYSTEM, self.version)
        match self.operator:
            case "==":
                return given == own
            case "!=":
                return given != own
            case "<=":
                return given <= own
            case ">=":
                return given >= own
            case "<":
                return given < own
            case ">":
                return given > own
        series = self.version.rpartition(".")[0]
        return given >= own and bool(series) and _has_prefix(version, series)


@dataclass(frozen=True, slots=True, kw_only=True)
class Specifier:
    """All clauses of a requirement; none allow every version."""

    clauses: tuple[Clause, ...]

    def __str__(self) -> str:
        return ",".join(map(str, self.clauses))

    def allows(self, version: str) -> bool:
        """Whether every clause accepts a version."""
        return all(clause.allows(version) for clause in self.clauses)


def read_specifier(text: str) -> Specifier:
    """Read "==3.1.4", ">=2,<4", or "" for any; raises BadInput."""
    clauses, at = [], 0
    while at < len(text.rstrip()):
        found = _CLAUSE.match(text, at)
        if found is None or (found.end() < len(text) and text[found.end()] != ","):
            raise BadInput(f"{text.strip()!r} is no version specifier")
        clauses.append(Clause(operator=found[1], version=found[2]))
        at = found.end() + 1
    return Specifier(clauses=tuple(clauses))


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """A specifier that lets no affected version in; `version` is the least that it allows of the
    fixed ones, `ids` the releases that affected what was allowed before."""

    specifier: Specifier
    version: str
    ids: tuple[str, ...]


def raise_specifier(
    specifier: Specifier, name: str, remedies: Remedies
) -> Raised | NoRemedy | None:
    """The specifier that leaves out what the releases to apply affect; None when it allows no
    version that is known to be affected. Raises BadInput."""
    for number, clause in enumerate(specifier.clauses):
        if clause.pins:
            return _raise_pin(specifier, number, name, remedies)
    return _raise_range(specifier, name, remedies)


def _raise_pin(
    specifier: Specifier, number: int, name: str, remedies: Remedies
) -> Raised | NoRemedy | None:
    pin = specifier.clauses[number]
    ids = remedies.hits(ECOSYSTEM, name, pin.version)
    if not ids:
        return None
    others = Specifier(clauses=specifier.clauses[:number] + specifier.clauses[number + 1 :])
    chosen = remedies.choose(ECOSYSTEM, name, above=pin.version, allows=others.allows)
    if isinstance(chosen, NoRemedy):
        return chosen
    return Raised(
        specifier=_with(specifier, number, replace(pin, version=chosen)), version=chosen, ids=ids
    )


def _raise_range(specifier: Specifier, name: str, remedies: Remedies) -> Raised | NoRemedy | None:
    floor = _floor(specifier)
    ids = _affecting(specifier, floor, name, remedies)
    if not ids:
        return None
    chosen = remedies.choose(ECOSYSTEM, name, above=floor, allows=specifier.allows)
    if isinstance(chosen, NoRemedy):
        return chosen
    return Raised(specifier=_floored(specifier, chosen), version=chosen, ids=ids)


def _affecting(specifier: Specifier, floor: str, name: str, remedies: Remedies) -> tuple[str, ...]:
    """The releases that affect a version which the range allows: its own ends, and those that
    the releases name, are tried."""
    ends = [c.version for c in specifier.clauses if c.operator in ("<=", ">=", ">", "~=")]
    ends += [c.version[:-2] for c in specifier.clauses if c.operator == "==" and c.is_wild]
    ids: dict[str, None] = {}
    for version in (*ends, *remedies.affected_versions(ECOSYSTEM, name)):
        try:
            if version == floor or specifier.allows(version):
                ids |= dict.fromkeys(remedies.hits(ECOSYSTEM, name, version))
        except BadInput:
            continue
    return tuple(ids)


def _floor(specifier: Specifier) -> str:
    """The highest lower bound; "" when there is none."""
    bounds = [c for c in specifier.clauses if c.operator in (">=", ">", "~=")]
    if not bounds:
        return ""
    return max(bounds, key=lambda clause: version_key(ECOSYSTEM, clause.version)).version


def _floored(specifier: Specifier, version: str) -> Specifier:
    """The specifier with `version` as its lower bound; what else it says stays."""
    for number, clause in enumerate(specifier.clauses):
        if clause.operator in (">=", ">"):
            return _with(specifier, number, Clause(operator=">=", version=version))
        if clause.operator == "~=" and clause.version.count(".") == version.count("."):
            return _with(specifier, number, replace(clause, version=version))
    return Specifier(clauses=(*specifier.clauses, Clause(operator=">=", version=version)))


def _with(specifier: Specifier, number: int, clause: Clause) -> Specifier:
    clauses = list(specifier.clauses)
    clauses[number] = clause
    return Specifier(clauses=tuple(clauses))


def _has_prefix(version: str, prefix: str) -> bool:
    """Whether a version is of the series `prefix`: 3.1 of 3.1.4, and of 3.1."""
    given, wanted = _release(version), _release(prefix)
    length = len(wanted[1])
    padded = (*given[1], *[0] * length)[:length]
    return given[0] == wanted[0] and padded == wanted[1]


def _release(version: str) -> tuple[str, tuple[int, ...]]:
    found = _RELEASE.match(version)
    if found is None:
        raise BadInput(f"{version} cannot be read as a version")
    return found[1] or "0!", tuple(int(part) for part in found[2].split("."))
