"""Packagist: Composer's normalised versions in the order of PHP's version_compare
(getcomposer.org, versions and constraints; composer/semver VersionParser)."""

import re

from seawall.matching.versions._common import Key, checked, refuse, trim_zeros

_STABILITY = r"[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?[0-9]+)*)?)?(?:[.-]?(dev))?"
_NUMERIC = re.compile(rf"v?([0-9]+(?:\.[0-9]+){{0,3}}){_STABILITY}", re.IGNORECASE)
_DATE = re.compile(rf"v?([0-9]{{4}}(?:[.:-]?[0-9]{{2}}){{1,6}}){_STABILITY}", re.IGNORECASE)
_RANK = {"alpha": 1, "a": 1, "beta": 2, "b": 2, "rc": 3, "stable": 4, "": 4}
_PATCH, _DEV = 5, 0


def key(version: str) -> Key:
    """dev < alpha < beta < RC < stable < patch; branches have no order and are refused."""
    text = checked(version, "Composer").partition("+")[0]
    match = _NUMERIC.fullmatch(text) or _DATE.fullmatch(text)
    if match is None:
        raise refuse(version, "Composer", "branches and aliases have no order")
    release, word, count, dev = match.groups()
    numbers = trim_zeros([int(n) for n in re.split(r"[.:-]", release)])
    word = (word or "").lower()
    counts = tuple(int(n) for n in re.findall(r"[0-9]+", count or ""))
    if dev and not word:
        return (numbers, _DEV, (), 0)
    return (numbers, _RANK.get(word, _PATCH), counts, 0 if dev else 1)
