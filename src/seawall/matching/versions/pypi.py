"""PyPI: PEP 440, and below every PEP 440 version the legacy versions of the time before it."""

import re

from seawall.matching.versions._common import Key, checked, refuse, trim_zeros

_PEP440 = re.compile(
    r"""v?
    (?:(?P<epoch>[0-9]+)!)?
    (?P<release>[0-9]+(?:\.[0-9]+)*)
    (?:[-_.]?(?P<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<pre_n>[0-9]*))?
    (?:-(?P<post_implicit>[0-9]+)|[-_.]?(?P<post>post|rev|r)[-_.]?(?P<post_n>[0-9]*))?
    (?:[-_.]?(?P<dev>dev)[-_.]?(?P<dev_n>[0-9]*))?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_PLAIN = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,4}")
_PRE = {"alpha": 1, "a": 1, "beta": 2, "b": 2, "preview": 3, "pre": 3, "c": 3, "rc": 3}
_DEV_ONLY, _NO_PRE = (0, 0), (4, 0)
_NO_POST, _NO_DEV = -1, (1, 0)
_LEGACY_PART = re.compile(r"([0-9]+|[a-z]+|\.|-)")
_LEGACY_WORDS = {"pre": "c", "preview": "c", "-": "final-", "rc": "c", "dev": "@"}


def key(version: str) -> Key:
    """PEP 440 order (packaging.python.org, version specifiers); what it does not allow is
    ordered by the rule that setuptools had before it, below all PEP 440 versions."""
    if _PLAIN.fullmatch(version):
        release = trim_zeros([int(n) for n in version.split(".")])
        return (0, release, _NO_PRE, _NO_POST, _NO_DEV, ())
    text = checked(version, "PyPI")
    match = _PEP440.fullmatch(text)
    if match is not None:
        return _modern(match)
    if not any(character in "0123456789" for character in text):
        raise refuse(version, "PyPI", "it has no number")
    return _legacy(text)


def _modern(match: re.Match[str]) -> Key:
    part = match.groupdict()
    post = _NO_POST
    if part["post"] or part["post_implicit"]:
        post = int(part["post_n"] or part["post_implicit"] or 0)
    dev = (0, int(part["dev_n"] or 0)) if part["dev"] else _NO_DEV
    if part["pre"]:
        pre = (_PRE[part["pre"].lower()], int(part["pre_n"] or 0))
    elif part["dev"] and post == _NO_POST:
        pre = _DEV_ONLY
    else:
        pre = _NO_PRE
    release = trim_zeros([int(n) for n in part["release"].split(".")])
    return (int(part["epoch"] or 0), release, pre, post, dev, _local(part["local"]))


def _local(text: str | None) -> Key:
    """Local segments: none first, then words, then numbers."""
    if not text:
        return ()
    return tuple(
        (1, int(part), "") if part.isdecimal() else (0, 0, part)
        for part in re.split(r"[-_.]", text.lower())
    )


def _legacy(text: str) -> Key:
    """setuptools' pkg_resources.parse_version before PEP 440: words of a release are wrapped so
    that alpha < beta < c < final < final- < numbers, and zeros before a word do not count."""
    parts: list[str] = []
    for part in _legacy_parts(text.lower()):
        if part.startswith("*"):
            if part < "*final":
                while parts and parts[-1] == "*final-":
                    parts.pop()
            while parts and parts[-1] == "00000000":
                parts.pop()
        parts.append(part)
    return (-1, tuple(parts))


def _legacy_parts(text: str) -> list[str]:
    parts = []
    for raw in _LEGACY_PART.split(text):
        part = _LEGACY_WORDS.get(raw, raw)
        if not part or part == ".":
            continue
        parts.append(part.zfill(8) if part[0] in "0123456789" else "*" + part)
    parts.append("*final")
    return parts
