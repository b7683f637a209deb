"""Semantic Versioning 2.0.0 (semver.org) and its relatives: npm, crates.io, Go, Bitnami, pub.

Read leniently, as OSV does: a leading "v" or "=" is dropped, missing numbers are 0, more than
three numbers are allowed. Build metadata does not count, except for pub.
"""

import re

from seawall.matching.versions._common import Key, checked, refuse, trim_zeros

_SEMVER = re.compile(
    r"[vV=]*\s*([0-9]+(?:\.[0-9]+)*)"
    r"(?:-([0-9A-Za-z.-]*))?"
    r"(?:\+([0-9A-Za-z.+-]*))?"
)
_PLAIN = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})")
_RELEASE: Key = (1,)


def key(version: str) -> Key:
    """Semver precedence (semver.org §11)."""
    plain = _PLAIN.fullmatch(version)
    if plain is not None:
        return (trim_zeros([int(n) for n in plain.groups()]), _RELEASE)
    release, pre, _ = _split(version, "semver")
    return (release, _pre_key(pre))


def go_key(version: str) -> Key:
    """Go module versions, pseudo-versions included (go.dev/ref/mod), and toolchain versions
    such as go1.21rc2, which mean 1.21.0-rc.2 to the Go vulnerability database."""
    toolchain = _GO_TOOLCHAIN.fullmatch(version.strip())
    if toolchain is not None:
        release, word, number = toolchain.groups()
        numbers = trim_zeros([int(n) for n in release.split(".")])
        return (numbers, _pre_key(f"{word}.{number}") if word else _RELEASE)
    return key(version)


_GO_TOOLCHAIN = re.compile(r"(?:go)?([0-9]{1,9}(?:\.[0-9]{1,9}){1,2})(?:(rc|beta)([0-9]{1,9}))?")


def bitnami_key(version: str) -> Key:
    """Bitnami versions: semver whose numeric suffix is the packaging revision and comes after
    the bare version, which is revision 0 (github.com/bitnami/go-version)."""
    release, pre, _ = _split(version, "Bitnami")
    if pre is None:
        return (release, (2, 0))
    if _REVISION.fullmatch(pre):
        return (release, (2, int(pre.removeprefix("r"))))
    return (release, _pre_key(pre))


_REVISION = re.compile(r"r?[0-9]{1,9}")


def pub_key(version: str) -> Key:
    """Dart's pub: semver, with build metadata as the last tie-breaker (pub.dev, versioning)."""
    release, pre, build = _split(version, "pub")
    return (release, _pre_key(pre), _identifiers(build) if build else ())


def _split(version: str, scheme: str) -> tuple[tuple[int, ...], str | None, str]:
    match = _SEMVER.fullmatch(checked(version, scheme))
    if match is None:
        raise refuse(version, scheme)
    release, pre, build = match.groups()
    return trim_zeros([int(n) for n in release.split(".")]), pre, build or ""


def _pre_key(pre: str | None) -> Key:
    """A release comes after all of its pre-releases; "1.0.0-" is before every other one."""
    return _RELEASE if pre is None else (0, _identifiers(pre))


def _identifiers(text: str) -> Key:
    """Dot-separated identifiers: numbers in number order, before words in ASCII order."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in text.split(".")
    )
