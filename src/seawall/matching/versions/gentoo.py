"""Gentoo (Package Manager Specification, §3.2–3.3) and Alpine (apk-tools, apk-package(5))."""

import re

from seawall.matching.versions._common import Key, checked, refuse

_GENTOO = re.compile(
    r"([0-9]+(?:\.[0-9]+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|p)[0-9]*)*)(?:-r([0-9]+))?"
)
_APK = re.compile(
    r"([0-9]+(?:\.[0-9]+)*)([a-z]?)"
    r"((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)(?:~[0-9a-f]+)?(?:-r([0-9]+))?"
)
_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")
_GENTOO_RANK = {"alpha": 0, "beta": 1, "pre": 2, "rc": 3, "": 4, "p": 9}
_APK_RANK = {**_GENTOO_RANK, "cvs": 5, "svn": 6, "git": 7, "hg": 8}


def key(version: str) -> Key:
    """Gentoo's version order."""
    return _key(version, "Gentoo", _GENTOO, _GENTOO_RANK)


def alpine_key(version: str) -> Key:
    """Alpine's version order: Gentoo's with the suffixes cvs, svn, git and hg as well."""
    return _key(version, "Alpine", _APK, _APK_RANK)


def _key(version: str, scheme: str, form: re.Pattern[str], ranks: dict[str, int]) -> Key:
    match = form.fullmatch(checked(version, scheme))
    if match is None:
        raise refuse(version, scheme)
    numbers, letter, suffixes, revision = match.groups()
    first, *rest = numbers.split(".")
    return (
        int(first),
        tuple(_component(part) for part in rest),
        letter,
        (*((ranks[word], int(n or 0)) for word, n in _SUFFIX.findall(suffixes)), (ranks[""],)),
        int(revision or 0),
    )


def _component(digits: str) -> Key:
    """After the first, a number with a leading zero reads as a decimal fraction and comes
    before every number without one."""
    return (0, 0, digits.rstrip("0")) if digits[0] == "0" else (1, int(digits), "")
