"""NuGet: SemVer 2 with a fourth number, without case (learn.microsoft.com, package versioning)."""

import re

from seawall.matching.versions._common import Key, checked, refuse, trim_zeros

_NUGET = re.compile(
    r"[vV]?([0-9]+(?:\.[0-9]+){0,3})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]*)?"
)


def key(version: str) -> Key:
    """Numbers, then pre-release labels without case; build metadata does not count."""
    match = _NUGET.fullmatch(checked(version, "NuGet"))
    if match is None:
        raise refuse(version, "NuGet")
    release = trim_zeros([int(n) for n in match.group(1).split(".")])
    if match.group(2) is None:
        return (release, (1,))
    labels = tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in match.group(2).lower().split(".")
    )
    return (release, (0, labels))
