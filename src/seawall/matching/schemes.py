"""Which version scheme an OSV ecosystem, a purl type or a VERS scheme name means."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from seawall.matching.versions import (
    composer,
    conan,
    debian,
    gentoo,
    maven,
    nuget,
    others,
    pypi,
    rpm,
    rubygems,
    semver,
)
from seawall.matching.versions._common import Key

_CACHED_KEYS = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A named version order; `key` raises BadInput for what is no version of it."""

    name: str
    key: Callable[[str], Key]


def _scheme(name: str, key: Callable[[str], Key]) -> Scheme:
    return Scheme(name=name, key=lru_cache(maxsize=_CACHED_KEYS)(key))


SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        _scheme("alpm", rpm.alpm_key),
        _scheme("apk", gentoo.alpine_key),
        _scheme("bitnami", semver.bitnami_key),
        _scheme("cargo", semver.key),
        _scheme("composer", composer.key),
        _scheme("conan", conan.key),
        _scheme("datetime", others.datetime_key),
        _scheme("deb", debian.key),
        _scheme("gem", rubygems.key),
        _scheme("gentoo", gentoo.key),
        _scheme("golang", semver.go_key),
        _scheme("intdot", others.numbers_key),
        _scheme("lexicographic", others.lexicographic_key),
        _scheme("maven", maven.key),
        _scheme("nginx", others.nginx_key),
        _scheme("npm", semver.key),
        _scheme("nuget", nuget.key),
        _scheme("openssl", others.openssl_key),
        _scheme("pub", semver.pub_key),
        _scheme("pypi", pypi.key),
        _scheme("rpm", rpm.key),
        _scheme("semver", semver.key),
    )
}

# purl types and VERS scheme names that are not scheme names themselves.
_BY_TYPE = {
    "alpine": "apk",
    "cran": "intdot",
    "ebuild": "gentoo",
    "generic": "semver",
    "githubactions": "semver",
    "hackage": "intdot",
    "hex": "semver",
    "swift": "semver",
}

# OSV ecosystem (ossf.github.io/osv-schema, defined ecosystems) without its release → scheme.
_BY_ECOSYSTEM = {
    "AlmaLinux": "rpm",
    "Alpaquita": "apk",
    "Alpine": "apk",
    "Azure Linux": "rpm",
    "BellSoft Hardened Containers": "apk",
    "Bitnami": "bitnami",
    "CRAN": "intdot",
    "Chainguard": "apk",
    "ConanCenter": "conan",
    "Debian": "deb",
    "Echo": "deb",
    "GHC": "intdot",
    "GitHub Actions": "semver",
    "Go": "golang",
    "Hackage": "intdot",
    "Hex": "semver",
    "Mageia": "rpm",
    "Maven": "maven",
    "MinimOS": "apk",
    "NuGet": "nuget",
    "Packagist": "composer",
    "Photon OS": "rpm",
    "Pub": "pub",
    "PyPI": "pypi",
    "Red Hat": "rpm",
    "Rocky Linux": "rpm",
    "RubyGems": "gem",
    "SUSE": "rpm",
    "SwiftURL": "semver",
    "TuxCare": "rpm",
    "Ubuntu": "deb",
    "VSCode": "semver",
    "Wolfi": "apk",
    "crates.io": "cargo",
    "npm": "npm",
    "openEuler": "rpm",
    "openSUSE": "rpm",
}


def scheme_for_ecosystem(ecosystem: str) -> Scheme | None:
    """Give the scheme of an OSV ecosystem, its release (":12", ":v3.19") ignored; None when
    Seawall does not know how the ecosystem orders its versions."""
    name = _BY_ECOSYSTEM.get(ecosystem) or _BY_ECOSYSTEM.get(ecosystem.partition(":")[0])
    return SCHEMES[name] if name else None


def scheme_for_purl_type(purl_type: str) -> Scheme | None:
    """Give the scheme of a purl type or VERS scheme name; None when it is not known."""
    return SCHEMES.get(_BY_TYPE.get(purl_type, purl_type))
