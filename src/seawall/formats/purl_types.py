"""What single purl types demand of namespace, name and version (purl-spec, types/*.json)."""

import re
from collections.abc import Callable

from seawall.vocab.errors import BadInput

Qualifiers = tuple[tuple[str, str], ...]
_Parts = tuple[str, str, str]

_LOWER_NAMESPACE = frozenset(
    [
        "alpm",
        "apk",
        "bitbucket",
        "brew",
        "composer",
        "deb",
        "git",
        "github",
        "golang",
        "hex",
        "qpkg",
        "rpm",
        "vscode-extension",
    ]
)
_LOWER_NAME = frozenset(
    [
        "alpm",
        "apk",
        "bitbucket",
        "bitnami",
        "brew",
        "chrome-extension",
        "composer",
        "deb",
        "git",
        "github",
        "golang",
        "hex",
        "oci",
        "otp",
        "pub",
        "pypi",
        "vscode-extension",
    ]
)
_NAMESPACE_REQUIRED = frozenset(["swift", "vscode-extension"])
_NAMESPACE_FORBIDDEN = frozenset(["julia", "otp", "vcpkg"])
_EXTENSION_ID = re.compile(r"[a-p]{32}")
_EXTENSION_VERSION = re.compile(r"[0-9]+(\.[0-9]+){0,3}")


def apply_type_rules(
    kind: str, namespace: str, name: str, version: str, qualifiers: Qualifiers
) -> _Parts:
    """Give namespace, name and version as the type wants them written; BadInput when the type
    does not allow them."""
    if kind in _LOWER_NAMESPACE:
        namespace = namespace.lower()
    if kind in _LOWER_NAME:
        name = name.lower()
    if kind in _NAMESPACE_REQUIRED and not namespace:
        raise BadInput(f"a {kind} purl needs a namespace")
    if kind in _NAMESPACE_FORBIDDEN and namespace:
        raise BadInput(f"a {kind} purl has no namespace")
    special = _SPECIAL.get(kind)
    return special(namespace, name, version, qualifiers) if special else (namespace, name, version)


def _pypi(namespace: str, name: str, version: str, qualifiers: Qualifiers) -> _Parts:
    return namespace, name.replace("_", "-"), version


def _cpan(namespace: str, name: str, version: str, qualifiers: Qualifiers) -> _Parts:
    if "::" in name:
        raise BadInput("a cpan purl names a distribution (URI-PackageURL), not a module")
    return namespace.upper(), name, version


def _git(namespace: str, name: str, version: str, qualifiers: Qualifiers) -> _Parts:
    """The namespace is the host; the name is the repository's whole path on it."""
    host, _, path = namespace.partition("/")
    return host, "/".join(part for part in f"{path}/{name}".split("/") if part), version


def _huggingface(namespace: str, name: str, version: str, qualifiers: Qualifiers) -> _Parts:
    return namespace, name, version.lower()


def _mlflow(namespace: str, name: str, version: str, qualifiers: Qualifiers) -> _Parts:
    """Databricks lower-cases model names, Azure keeps them."""
    databricks = any(k == "repository_url" and "azuredatabricks" in v for k, v in qualifiers)
    return namespace, name.lower() if databricks else name, version


def _julia(namespace: str, name: str, version: str, qualifiers: Qualifiers) -> _Parts:
    if not any(key == "uuid" for key, _ in qualifiers):
        raise BadInput("a julia purl needs the package's uuid as qualifier")
    return namespace, name, version


def _chrome_extension(namespace: str, name: str, version: str, qualifiers: Qualifiers) -> _Parts:
    if not _EXTENSION_ID.fullmatch(name):
        raise BadInput("a chrome-extension purl's name is 32 letters from a to p")
    if version and not _EXTENSION_VERSION.fullmatch(version):
        raise BadInput("a chrome-extension version is one to four numbers")
    return namespace, name, version


_SPECIAL: dict[str, Callable[[str, str, str, Qualifiers], _Parts]] = {
    "chrome-extension": _chrome_extension,
    "cpan": _cpan,
    "git": _git,
    "huggingface": _huggingface,
    "julia": _julia,
    "mlflow": _mlflow,
    "pypi": _pypi,
}
