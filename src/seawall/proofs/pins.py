"""Pins choose versions of what the target depends on; they bring nothing else in.

A package that the target does not name would be code of the reporter's choice beside the target,
found by its optional imports: it could act on one version only and in the target's stack.
"""

import re
import zipfile
from collections.abc import Mapping, Sequence
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from seawall.proofs.reproducer import Target
from seawall.proofs.runtime import PrepareFailed, Unsupported

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_MAX_METADATA = 4 << 20


def check_wheel_pins(target: Target, wheels: Sequence[Path]) -> None:
    """Refuse a pin that no wheel on the way from the target requires, optional ones included
    (Requires-Dist, core metadata 2.1). Raises Unsupported or PrepareFailed."""
    needs = {_normal(wheel.name.split("-")[0]): _required(wheel) for wheel in wheels}
    names = {_normal(pin.partition("==")[0]) for pin in target.pins}
    _check(target, names - _closure(_normal(target.name), needs))


def check_lock_pins(target: Target, lock: Any) -> None:
    """As `check_wheel_pins`, for an npm lock (version 2 or 3)."""
    needs: dict[str, set[str]] = {}
    for place, entry in lock.get("packages", {}).items():
        if place:
            named = needs.setdefault(place.rpartition("node_modules/")[2], set())
            for kind in ("dependencies", "optionalDependencies", "peerDependencies"):
                named.update(entry.get(kind, {}))
    names = {pin.rpartition("@")[0] for pin in target.pins}
    _check(target, names - _closure(target.path, needs))


def _check(target: Target, foreign: set[str]) -> None:
    if foreign:
        raise Unsupported(
            f"{', '.join(sorted(foreign))} is pinned, but {target.name} does not depend on it; "
            "a pin chooses the version of a dependency and cannot bring in other code"
        )


def _closure(start: str, needs: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    pending = [start]
    while pending:
        for name in needs.get(pending.pop(), ()):
            if name not in found:
                found.add(name)
                pending.append(name)
    return found


def _required(wheel: Path) -> set[str]:
    """Give the normalised names that a wheel requires, whatever their markers say."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            name = next(
                n for n in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n)
            )
            if archive.getinfo(name).file_size > _MAX_METADATA:
                raise PrepareFailed(f"{wheel.name} has metadata beyond all measure")
            text = archive.read(name).decode("utf-8", "replace")
    except (StopIteration, zipfile.BadZipFile, KeyError):
        raise PrepareFailed(f"{wheel.name} is no whole wheel") from None
    listed = HeaderParser().parsestr(text).get_all("Requires-Dist", [])
    return {_normal(m[1]) for line in listed if (m := _REQUIREMENT.match(str(line)))}


def _normal(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()
