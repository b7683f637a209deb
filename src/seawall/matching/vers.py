"""VERS: version range specifiers such as "vers:npm/>=1.0.0|<2.0.0" (vers-spec).

`parse_vers` is tolerant and `str(vers)` canonical; `parse_canonical_vers` refuses what is not
canonical already, with the reason.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import quote, unquote

from seawall.matching.schemes import Scheme, scheme_for_purl_type
from seawall.matching.versions._common import Key
from seawall.vocab.errors import BadInput

_MAX_CONSTRAINTS = 10_000
_COMPARATOR = re.compile(r"(>=|<=|!=|<|>|=)?(.*)", re.DOTALL)
_SCHEME = re.compile(r"[a-z][a-z0-9.-]*")
_ESCAPE = re.compile(r"%(..)?", re.DOTALL)
_HEX = re.compile(r"[0-9A-Fa-f]{2}")
_SAFE = ":+"


@dataclass(frozen=True, slots=True)
class Constraint:
    """One comparator and version; the version is decoded."""

    comparator: str
    version: str

    def __str__(self) -> str:
        sign = "" if self.comparator == "=" else self.comparator
        return sign + quote(self.version, safe=_SAFE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vers:
    """A range: constraints sorted by version, none meaning all versions ("*")."""

    scheme: str
    constraints: tuple[Constraint, ...] = ()

    def __str__(self) -> str:
        return f"vers:{self.scheme}/{'|'.join(map(str, self.constraints)) or '*'}"

    def contains(self, version: str) -> bool:
        """Say whether a version lies in the range; BadInput when it is no version of the scheme,
        or the scheme's order is not known."""
        scheme = _known_scheme(self.scheme)
        key = scheme.key(version)
        bounds: list[tuple[str, Key]] = []
        for one in self.constraints:
            bound = scheme.key(one.version)
            if one.comparator in ("=", "!="):
                if key == bound:
                    return one.comparator == "="
            else:
                bounds.append((one.comparator, bound))
        if not bounds:
            return all(one.comparator == "!=" for one in self.constraints)
        return _within(_simplified(bounds), key)


def make_vers(scheme: str, constraints: list[Constraint]) -> Vers:
    """Make a range with its constraints in canonical order; equal versions keep their order."""
    if len(constraints) < 2:
        return Vers(scheme=scheme, constraints=tuple(constraints))
    order = _known_scheme(scheme)
    ordered = sorted(constraints, key=lambda one: order.key(one.version))
    return Vers(scheme=scheme, constraints=tuple(ordered))


def parse_vers(text: str) -> Vers:
    """Read a range, canonical or not; BadInput when it is none."""
    scheme, constraints = _split("".join(text.split()))
    parts = [part for part in constraints.split("|") if part]
    if not parts:
        raise BadInput("VERS without constraints", where=text)
    if parts == ["*"]:
        return Vers(scheme=scheme)
    return make_vers(scheme, [_constraint(part) for part in parts])


def parse_canonical_vers(text: str) -> Vers:
    """Read a range that must be in canonical form; BadInput begins with "non-canonical VERS"
    when only its form is wrong."""
    if any(character.isspace() for character in text):
        raise _not_canonical("whitespace is not permitted")
    scheme, rest = _split(text)
    if rest.startswith("|"):
        raise _not_canonical("leading pipe is not permitted")
    if rest.endswith("|"):
        raise _not_canonical("trailing pipe is not permitted")
    if "||" in rest:
        raise _not_canonical("consecutive pipes are not permitted")
    if rest != "*":
        for part in rest.split("|"):
            _check_spelling(part, scheme)
    vers = parse_vers(text)
    if [one.version for one in vers.constraints] != _versions(rest):
        raise _not_canonical("constraints are not sorted by version")
    if str(vers) != text:
        raise _not_canonical("it is spelled differently", mend=f"write {vers}")
    return vers


def _split(text: str) -> tuple[str, str]:
    prefix, colon, rest = text.partition(":")
    scheme, slash, constraints = rest.partition("/")
    if prefix.lower() != "vers" or not colon or not slash:
        raise BadInput("not a VERS: it does not begin with vers:<scheme>/", where=text)
    scheme = scheme.lower()
    if not _SCHEME.fullmatch(scheme):
        raise BadInput("VERS scheme is not a letter followed by letters, digits, . and -")
    if constraints.count("|") > _MAX_CONSTRAINTS:
        raise BadInput(f"VERS has more than {_MAX_CONSTRAINTS} constraints")
    return scheme, constraints


def _constraint(part: str) -> Constraint:
    match = _COMPARATOR.fullmatch(part)
    comparator, version = match.groups() if match else ("", "")
    if not version or version == "*":
        raise BadInput("VERS constraint without a version", where=part)
    return Constraint(comparator or "=", unquote(version))


def _versions(rest: str) -> list[str]:
    return [] if rest == "*" else [_constraint(part).version for part in rest.split("|")]


def _check_spelling(part: str, scheme: str) -> None:
    escapes = [match.group(1) for match in _ESCAPE.finditer(part)]
    if any(code is None or not _HEX.fullmatch(code) for code in escapes):
        raise _not_canonical("invalid percent-encoding in version")
    if any(code != code.upper() for code in escapes):
        raise _not_canonical("percent-encoding in version is not canonical")
    if scheme == "datetime":
        if "3A" in escapes:
            raise _not_canonical("datetime time colons must be unencoded")
        if "t" in part or "z" in part:
            raise _not_canonical("datetime must use uppercase T and Z")


def _not_canonical(why: str, *, mend: str = "") -> BadInput:
    return BadInput(f"non-canonical VERS: {why}", mend=mend)


def _known_scheme(name: str) -> Scheme:
    scheme = scheme_for_purl_type(name)
    if scheme is None:
        raise BadInput(f"the order of {name} versions is not known")
    return scheme


def _simplified(bounds: list[tuple[str, Key]]) -> list[tuple[str, Key]]:
    """Of bounds in the same direction next to each other, keep the widest."""
    kept: list[tuple[str, Key]] = []
    for bound in bounds:
        if kept and kept[-1][0][0] == bound[0][0]:
            if bound[0][0] == "<":
                kept[-1] = bound
        else:
            kept.append(bound)
    return kept


def _within(bounds: list[tuple[str, Key]], key: Key) -> bool:
    """Bounds alternate: an upper one at the beginning or a lower one at the end stands alone,
    the others are pairs."""
    if bounds[0][0][0] == "<" and _satisfies(key, *bounds[0]):
        return True
    if bounds[-1][0][0] == ">" and _satisfies(key, *bounds[-1]):
        return True
    return any(
        low[0][0] == ">" and _satisfies(key, *low) and _satisfies(key, *high)
        for low, high in pairwise(bounds)
    )


def _satisfies(key: Key, comparator: str, bound: Key) -> bool:
    match comparator:
        case "<":
            return key < bound
        case "<=":
            return key <= bound
        case ">":
            return key > bound
        case _:
            return key >= bound
