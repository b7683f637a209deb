"""What a claim covers: a target and its versions, read and compared. Knows no storage."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from seawall.dedup.components import bare_name, component, same_component
from seawall.formats.purl import parse_purl
from seawall.matching.overlap import common
from seawall.matching.schemes import scheme_for_purl_type
from seawall.matching.vers import Vers, parse_vers
from seawall.vocab.claims import Closeness
from seawall.vocab.errors import BadInput, one_line

ALL = "*"
MAX_TARGET = 500
MAX_VERSIONS = 1000
_PART = re.compile(r"(?:(?:[<>]=?|!=|=)\s*)?[^\s|,]+")
_SIGN = re.compile(r"\s*(?:[<>]=?|!=|=)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A target in its one spelling and the versions of it.

    `versions` is a VERS ("vers:pypi/>=3.0|<3.1.5") where the order of the target's versions is
    known, else versions or commits with bars between; "*" means all.
    """

    target: str
    versions: str = ALL

    @property
    def component(self) -> str:
        """The comparable name of the target; blanks in a product's name are like hyphens."""
        return component("-".join(self.target.split()))

    @property
    def name(self) -> str:
        """The bare name under which claims on it are looked for."""
        return bare_name(self.component)


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What two scopes have in common; `versions` as in `Scope`, "" when that cannot be said."""

    closeness: Closeness
    versions: str
    why: str


def read_scope(target: str, versions: str = "") -> Scope:
    """Read a target (purl, repository URL, product name) and versions: nothing or "*" for all, a
    VERS, constraints of one (">=3.0|<3.1.5"), or versions with commas. BadInput says what is
    wrong. The version of a purl counts when `versions` is empty."""
    target, versions = target.strip(), versions.strip()
    if not target or len(target) > MAX_TARGET:
        raise BadInput(
            f"a target has 1 to {MAX_TARGET} characters",
            where="target",
            mend="a package URL, the address of a repository, or the name of a product",
        )
    if target.lower().startswith("pkg:"):
        with _about("target"):
            purl = parse_purl(target)
        with _about("versions"):
            named = _of_type(purl.type, versions or purl.version)
        return Scope(target=purl.package, versions=named)
    target = one_line(target, limit=MAX_TARGET).rstrip("/").removesuffix(".git")
    scope = Scope(target=target, versions=_listed(versions))
    if not scope.component.strip("-"):
        raise BadInput("the target names nothing", where="target")
    return scope


@contextmanager
def _about(field: str) -> Iterator[None]:
    """Say of what is refused in which of the two it stands."""
    try:
        yield
    except BadInput as bad:
        raise BadInput(bad.what, where=field, mend=bad.mend) from bad


def overlap(a: Scope, b: Scope) -> Common | None:
    """What two scopes have in common, None for nothing. Symmetric."""
    if a.component != b.component:
        if not same_component(a.component, b.component):
            return None
        why = "a package and what may be its repository; their versions cannot be compared"
        return Common(closeness=Closeness.MAYBE, versions="", why=why)
    if ALL in (a.versions, b.versions):
        versions = b.versions if a.versions == ALL else a.versions
        return Common(closeness=Closeness.SAME, versions=versions, why="the same target")
    if a.versions.startswith("vers:") and b.versions.startswith("vers:"):
        both = common(parse_vers(a.versions), parse_vers(b.versions))
        if both is None:
            return None
        return Common(closeness=Closeness.SAME, versions=str(both), why="versions in both ranges")
    if a.versions.startswith("vers:") or b.versions.startswith("vers:"):
        why = "the same target; these versions cannot be compared"
        return Common(closeness=Closeness.MAYBE, versions="", why=why)
    listed = sorted(set(a.versions.split("|")) & set(b.versions.split("|")))
    if not listed:
        return None
    return Common(closeness=Closeness.SAME, versions="|".join(listed), why="versions in both lists")


def _of_type(purl_type: str, versions: str) -> str:
    """Versions of a package, as VERS of its type where their order is known."""
    scheme = scheme_for_purl_type(purl_type)
    if versions in ("", ALL):
        return ALL
    if scheme is None:
        return _listed(versions)
    if not versions.lower().startswith("vers:"):
        versions = f"vers:{purl_type}/{_constraints(versions)}"
    read = parse_vers(versions)
    theirs = scheme_for_purl_type(read.scheme)
    if theirs is None or theirs.name != scheme.name:
        raise BadInput(
            f"{read.scheme} is not how versions of pkg:{purl_type} are ordered",
            where="versions",
            mend=f"write vers:{purl_type}/…",
        )
    if len(read.constraints) > MAX_VERSIONS:
        raise BadInput(f"more than {MAX_VERSIONS} versions", where="versions")
    for one in read.constraints:
        scheme.key(one.version)
    if not read.constraints:
        return ALL
    return str(Vers(scheme=purl_type, constraints=read.constraints))


def _constraints(versions: str) -> str:
    """Constraints as VERS has them, with bars between, however they are parted."""
    return "|".join("".join(part.split()) for part in _PART.findall(versions))


def _listed(versions: str) -> str:
    """Versions or commits of a target whose order is not known."""
    if versions in ("", ALL):
        return ALL
    parts = sorted({part.strip() for part in re.split(r"[|,\s]", versions) if part.strip()})
    if len(parts) > MAX_VERSIONS or any(len(part) > 100 for part in parts):
        raise BadInput(f"at most {MAX_VERSIONS} versions of 100 characters each", where="versions")
    if versions.lower().startswith("vers:") or any(_SIGN.match(part) for part in parts):
        raise BadInput(
            "the order of this target's versions is not known, so it has no ranges",
            where="versions",
            mend="list versions or commits, or leave it empty for all",
        )
    return "|".join(parts)
