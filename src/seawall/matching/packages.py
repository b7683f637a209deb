"""Which advisories' package a component is: from a purl to OSV ecosystem, name and version."""

import re
from dataclasses import dataclass

from seawall.formats.ecosystems import ECOSYSTEMS, osv_name
from seawall.formats.purl import Purl, parse_purl
from seawall.matching.distributions import distribution_ecosystems, is_known_distribution
from seawall.matching.schemes import Scheme, scheme_for_ecosystem
from seawall.vocab.components import Component
from seawall.vocab.errors import BadInput

DISTRIBUTIONS = frozenset(["apk", "deb", "rpm"])

# Ecosystems that take names without regard to case.
_CASELESS = frozenset(
    ["Go", "GitHub Actions", "Hex", "NuGet", "Packagist", "Pub", "SwiftURL", "VSCode", "crates.io"]
)
_SEPARATORS = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """Where advisories for a component are kept: every ecosystem and every (name, version) under
    which it may be known (a Debian binary package also under its source package)."""

    ecosystems: tuple[str, ...]
    names: tuple[tuple[str, str], ...]
    scheme: Scheme


@dataclass(frozen=True, slots=True)
class NotLocated:
    """The component cannot be checked; `reason` is a kind that can be counted."""

    reason: str


# purl type → its one ecosystem and the scheme of it, where both are known.
_LANGUAGES = {
    kind: ((ecosystem,), scheme)
    for kind, ecosystem in ECOSYSTEMS.items()
    if (scheme := scheme_for_ecosystem(ecosystem)) is not None
}

NO_PURL = "no package URL"
NO_VERSION = "no version"
BAD_PURL = "unreadable package URL"
NO_RELEASE = "distribution release not named"


def locate(component: Component) -> Located | NotLocated:
    """Find where to look for a component's advisories, or why that cannot be said."""
    if not component.purl:
        return NotLocated(NO_PURL)
    try:
        purl = parse_purl(component.purl)
    except BadInput:
        return NotLocated(BAD_PURL)
    version = purl.version or component.version
    if not version:
        return NotLocated(NO_VERSION)
    language = _LANGUAGES.get(purl.type)
    if language is not None:
        names = ((osv_name(purl)[1], version),)
        return Located(ecosystems=language[0], names=names, scheme=language[1])
    ecosystems = ecosystems_of(purl)
    if not ecosystems:
        return NotLocated(_why_no_ecosystem(purl))
    scheme = scheme_for_ecosystem(ecosystems[0])
    if scheme is None:
        return NotLocated(f"order of versions in {ecosystems[0]} is not known")
    return Located(ecosystems=ecosystems, names=_names(purl, version), scheme=scheme)


def _why_no_ecosystem(purl: Purl) -> str:
    if purl.type not in DISTRIBUTIONS:
        return f"no advisory ecosystem for pkg:{purl.type}"
    if is_known_distribution(purl):
        return NO_RELEASE
    return f"no advisory ecosystem for pkg:{purl.type}/{purl.namespace}"


def ecosystems_of(purl: Purl) -> tuple[str, ...]:
    """Give the OSV ecosystems of a purl, most precise first; empty when there is none, or when a
    distribution's release is not named."""
    if purl.type in DISTRIBUTIONS:
        return distribution_ecosystems(purl)
    ecosystem = ECOSYSTEMS.get(purl.type)
    return (ecosystem,) if ecosystem else ()


def package_name(purl: Purl) -> str:
    """Give the name that OSV uses for the package of a purl."""
    return purl.name if purl.type in DISTRIBUTIONS else osv_name(purl)[1]


def package_key(ecosystem: str, name: str) -> str:
    """Give the key under which a package is kept: names that a registry takes for the same
    package have the same key."""
    base = ecosystem.partition(":")[0]
    if base == "PyPI":
        name = _SEPARATORS.sub("-", name).lower()
    elif base in _CASELESS:
        name = name.lower()
        if base == "crates.io":
            name = name.replace("_", "-")
    return f"{ecosystem}\t{name}"


def _names(purl: Purl, version: str) -> tuple[tuple[str, str], ...]:
    """Names of a distribution's package: its own, and its source package's."""
    epoch = purl.qualifier("epoch")
    if purl.type == "rpm" and epoch and ":" not in version:
        version = f"{epoch}:{version}"
    names = [(purl.name, version)]
    upstream, _, upstream_version = purl.qualifier("upstream").partition("@")
    source = upstream.removesuffix(".src.rpm")
    if source and purl.type != "rpm" and source != purl.name:
        names.append((source, upstream_version or version))
    return tuple(names)
