"""Spans of affected versions as VERS ranges (vers:pypi/>=1.0|<2.0), written and read back."""

from urllib.parse import quote, unquote

from seawall.formats.release_packages import Span

_SCHEMES = {
    "apk": "alpine",
    "cargo": "cargo",
    "composer": "composer",
    "conan": "conan",
    "deb": "deb",
    "gem": "gem",
    "golang": "golang",
    "hex": "hex",
    "maven": "maven",
    "npm": "npm",
    "nuget": "nuget",
    "pub": "pub",
    "pypi": "pypi",
    "rpm": "rpm",
}
_SIGNS = {"fixed": "<", "limit": "<", "last_affected": "<="}
_SAFE = "+~:"


def vers_of(purl_type: str, span: Span) -> str:
    """Write a span for packages of `purl_type`; commits of a repository get no VERS scheme.

    Without a scheme the text is CSAF's vers-like specifier, such as ">=1f2e|<9ab3".
    """
    parts = [] if span.start == "0" else [f">={_quote(span.start)}"]
    if span.end_kind:
        parts.append(f"{_SIGNS[span.end_kind]}{_quote(span.end)}")
    text = "|".join(parts) or "*"
    if span.git:
        return text
    return f"vers:{_SCHEMES.get(purl_type, 'generic')}/{text}"


def words_of(span: Span) -> str:
    """Say a span to people: "from 1.0 before 2.0"."""
    start = "" if span.start == "0" else f"from {span.start}"
    end = {"": "", "last_affected": f"up to and including {span.end}"}.get(
        span.end_kind, f"before {span.end}"
    )
    return " ".join(filter(None, (start, end))) or "in every version"


def read_vers(text: str) -> tuple[str, str, str]:
    """Give (start, sign, end) of a range that `vers_of` wrote; the sign is "<", "<=" or "".

    Raises ValueError for any other text.
    """
    body = text.partition("/")[2] if text.startswith("vers:") else text
    start, sign, end = "0", "", ""
    if body == "*":
        return start, sign, end
    for part in body.split("|"):
        if part.startswith(">="):
            start = unquote(part[2:])
        elif part.startswith("<="):
            sign, end = "<=", unquote(part[2:])
        elif part.startswith("<"):
            sign, end = "<", unquote(part[1:])
        else:
            raise ValueError(f"{part!r} is not a bound of a range")
    return start, sign, end


def _quote(version: str) -> str:
    return quote(version, safe=_SAFE)
