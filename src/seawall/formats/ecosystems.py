"""From package URLs to OSV's ecosystems and package names, for language ecosystems.

Source: github.com/ossf/osv-schema, purl column of the ecosystem table. Distributions (deb, rpm,
apk) are not here: theirs depends on the release.
"""

from seawall.formats.purl import Purl

ECOSYSTEMS = {
    "bitnami": "Bitnami",
    "cargo": "crates.io",
    "composer": "Packagist",
    "conan": "ConanCenter",
    "cran": "CRAN",
    "gem": "RubyGems",
    "githubactions": "GitHub Actions",
    "golang": "Go",
    "hackage": "Hackage",
    "hex": "Hex",
    "maven": "Maven",
    "npm": "npm",
    "nuget": "NuGet",
    "pub": "Pub",
    "pypi": "PyPI",
    "swift": "SwiftURL",
    "vscode-extension": "VSCode",
}
DISTRIBUTIONS = frozenset(["apk", "deb", "rpm"])


def osv_name(purl: Purl) -> tuple[str, str]:
    """(ecosystem, name) as OSV has them; ecosystem "" for distributions and unknown types."""
    if purl.type in DISTRIBUTIONS or not purl.namespace:
        return ECOSYSTEMS.get(purl.type, ""), purl.name
    separator = ":" if purl.type == "maven" else "/"
    return ECOSYSTEMS.get(purl.type, ""), f"{purl.namespace}{separator}{purl.name}"
