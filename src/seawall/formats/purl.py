"""Package URLs (purl, ECMA-427): read tolerantly, written canonically.

`parse_purl` accepts what real SBOMs hold (superfluous slashes, mixed case, unsorted
qualifiers) and `str(purl)` gives the one canonical spelling, so that two purls name the same
package exactly when their strings are equal. Rules of single types live in `purl_types`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from seawall.formats.purl_types import apply_type_rules
from seawall.vocab.errors import BadInput

_MAX_LENGTH = 4096
_TYPE = re.compile(r"[a-z][a-z0-9.-]*")
_QUALIFIER_KEY = re.compile(r"[a-z.\-_][a-z0-9.\-_]*")
_SAFE = ":"
"""Written as it is besides letters, digits and `.-_~`."""

# The shape of nearly every purl in an SBOM: no escapes, qualifiers, subpath or empty segments.
_PLAIN = re.compile(
    r"pkg:([a-z][a-z0-9.-]*)/((?:[A-Za-z0-9._~-]+/)*)([A-Za-z0-9._~-]+)(?:@([A-Za-z0-9._~:+-]+))?",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purl:
    """A package URL in canonical form; absent parts are "". Made by `parse_purl` or `build_purl`,
    which check and normalise; `qualifiers` are sorted by key and have no empty values."""

    type: str
    name: str
    namespace: str = ""
    version: str = ""
    qualifiers: tuple[tuple[str, str], ...] = ()
    subpath: str = ""

    def __str__(self) -> str:
        parts = ["pkg:", self.type, "/"]
        if self.namespace:
            parts += [_escape_path(self.namespace), "/"]
        # A git repository's name is its whole path on the host (purl-spec, types/git).
        escape = _escape_path if self.type == "git" else _escape
        parts.append(escape(self.name))
        if self.version:
            parts += ["@", _escape(self.version)]
        if self.qualifiers:
            pairs = (f"{key}={_escape(value)}" for key, value in self.qualifiers)
            parts += ["?", "&".join(pairs)]
        if self.subpath:
            parts += ["#", _escape_path(self.subpath)]
        return "".join(parts)

    def qualifier(self, key: str) -> str:
        """Give the value of a qualifier, "" when absent."""
        for name, value in self.qualifiers:
            if name == key:
                return value
        return ""

    @property
    def package(self) -> str:
        """The canonical purl without version, qualifiers and subpath: the package itself."""
        return str(Purl(type=self.type, name=self.name, namespace=self.namespace))


def parse_purl(text: str) -> Purl:
    """Read a purl; BadInput says what is wrong with one that names no package."""
    if len(text) > _MAX_LENGTH:
        raise BadInput(f"purl is longer than {_MAX_LENGTH} characters")
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        kind, namespace, name, version = plain.groups("")
        return _made(kind, namespace[:-1], name, version, (), "")
    return _parse_any(text)


def build_purl(
    *,
    type: str,
    name: str,
    namespace: str = "",
    version: str = "",
    qualifiers: Mapping[str, str] | None = None,
    subpath: str = "",
) -> Purl:
    """Make a canonical purl from its decoded parts; BadInput when they name no package."""
    pairs = [(key.lower(), value) for key, value in (qualifiers or {}).items()]
    return _checked(
        type.lower(),
        "/".join(part for part in namespace.split("/") if part),
        name,
        version,
        _check_qualifiers(pairs),
        _clean_subpath(subpath.split("/")),
    )


def _parse_any(text: str) -> Purl:
    scheme, colon, rest = text.strip().partition(":")
    if not colon or scheme.lower() != "pkg":
        raise BadInput("not a purl: it does not begin with pkg:", where=text)
    rest, _, subpath = rest.partition("#")
    rest, _, query = rest.partition("?")
    kind, slash, path = rest.lstrip("/").partition("/")
    if not slash:
        raise BadInput("purl has no type or no name", where=text)
    path, version = _split_version(path)
    segments = [_decode(part) for part in path.split("/") if part]
    if not segments or path.endswith("/") or not segments[-1].strip("/"):
        raise BadInput("purl has no name", where=text)
    if any("/" in segment for segment in segments[:-1]):
        raise BadInput("purl has an escaped / in its namespace", where=text)
    return _checked(
        kind.lower(),
        "/".join(segments[:-1]),
        segments[-1],
        _decode(version),
        _parse_qualifiers(query),
        _clean_subpath(_decode(subpath).split("/")),
    )


def _split_version(path: str) -> tuple[str, str]:
    """Split at the last "@", unless it begins a segment that others follow (an npm scope)."""
    at = path.rfind("@")
    if at < 0 or ((at == 0 or path[at - 1] == "/") and "/" in path[at:]):
        return path, ""
    return path[:at], path[at + 1 :]


def _checked(
    kind: str,
    namespace: str,
    name: str,
    version: str,
    qualifiers: tuple[tuple[str, str], ...],
    subpath: str,
) -> Purl:
    if not _TYPE.fullmatch(kind):
        raise BadInput(f"purl type {kind!r} is not a letter followed by letters, digits, . and -")
    if not name:
        raise BadInput("purl has no name")
    return _made(kind, namespace, name, version, qualifiers, subpath)


def _made(
    kind: str,
    namespace: str,
    name: str,
    version: str,
    qualifiers: tuple[tuple[str, str], ...],
    subpath: str,
) -> Purl:
    namespace, name, version = apply_type_rules(kind, namespace, name, version, qualifiers)
    return Purl(
        type=kind,
        namespace=namespace,
        name=name,
        version=version,
        qualifiers=qualifiers,
        subpath=subpath,
    )


def _parse_qualifiers(query: str) -> tuple[tuple[str, str], ...]:
    if not query:
        return ()
    pairs = []
    for part in query.split("&"):
        key, _, value = part.partition("=")
        if part:
            pairs.append((key.lower(), _decode(value)))
    return _check_qualifiers(pairs)


def _check_qualifiers(pairs: list[tuple[str, Any]]) -> tuple[tuple[str, str], ...]:
    seen: dict[str, str] = {}
    for key, value in pairs:
        if not _QUALIFIER_KEY.fullmatch(key):
            raise BadInput(f"purl qualifier key {key!r} has a character that is not allowed")
        if key in seen:
            raise BadInput(f"purl qualifier {key!r} is given twice")
        seen[key] = value
    return tuple(sorted((key, value) for key, value in seen.items() if value))


def _clean_subpath(parts: list[str]) -> str:
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def _decode(text: str) -> str:
    if "%" not in text:
        return text
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput("purl has an escape that is not UTF-8", where=text) from None


def _escape_path(path: str) -> str:
    return "/".join(map(_escape, path.split("/")))


@lru_cache(maxsize=8192)
def _escape(text: str) -> str:
    return quote(text, safe=_SAFE)
