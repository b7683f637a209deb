"""package.json: ranges of direct dependencies; and what lock files still hold."""

import re
from collections.abc import Iterator
from typing import Any

from seawall.client.plans import Change, Refusal
from seawall.client.python_files import Mended, replace_literal
from seawall.client.remedies import NoRemedy, Remedies, version_key
from seawall.formats.bounded import parse_json
from seawall.vocab.errors import BadInput

ECOSYSTEM = "npm"
_KINDS = ("dependencies", "devDependencies", "optionalDependencies")
_RANGE = re.compile(r"(\^|~|>=|=|)\s*(v?[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?)")
_PARTS = re.compile(r"v?([0-9]+)\.([0-9]+)\.([0-9]+)")
_ADDRESS = re.compile(r"[a-z+]+:|[\w.-]+/[\w.-]+(?:#|$)")


def mend_package_json(text: str, name: str, remedies: Remedies) -> Mended:
    """package.json: exact versions and the ranges ^, ~ and >=; every other character stays.

    Raises BadInput for what is no JSON.
    """
    parsed = parse_json(text, name=name)
    changes: list[Change] = []
    refusals: list[Refusal] = []
    for kind, package, wanted in _dependencies(parsed):
        where = f"{name}: {kind}"
        done = _mend_range(wanted, package, where, remedies)
        if isinstance(done, Refusal):
            refusals.append(done)
        elif done is not None:
            changed = replace_literal(
                text,
                wanted,
                done.after,
                path=(kind, package),
                quotes='"',
                parse=lambda t: parse_json(t, name=name),
            )
            if changed is None:
                why = f"it is written so that only you can change it to {done.after}"
                refusals.append(Refusal(where=where, package=package, why=why))
            else:
                text = changed
                changes.append(done)
    return text, changes, refusals


def locked_affected(
    text: str, name: str, remedies: Remedies
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(package, version, ids of releases) for each affected package in a package-lock.json of
    version 2 or 3. A lock file is never changed here: npm writes into it what it downloads."""
    parsed = parse_json(text, name=name)
    packages = parsed.get("packages") if isinstance(parsed, dict) else None
    seen = set()
    for place, entry in packages.items() if isinstance(packages, dict) else ():
        package = place.rpartition("node_modules/")[2]
        version = entry.get("version") if isinstance(entry, dict) else None
        if not package or not isinstance(version, str) or (package, version) in seen:
            continue
        seen.add((package, version))
        if ids := remedies.hits(ECOSYSTEM, package, version):
            yield package, version, ids


def _mend_range(
    wanted: str, package: str, where: str, remedies: Remedies
) -> Change | Refusal | None:
    found = _RANGE.fullmatch(wanted.strip())
    if found is None:
        return _refuse(wanted, package, where, remedies)
    operator, floor = found[1], found[2].removeprefix("v")
    try:
        ids = _affecting(operator, floor, package, remedies)
        if not ids:
            return None
        pinned = operator in ("", "=")
        chosen = remedies.choose(
            ECOSYSTEM,
            package,
            above=floor,
            allows=lambda v: pinned or _allows(operator, floor, v),
        )
    except BadInput as bad:
        return Refusal(where=where, package=package, why=f"{bad}; look at it yourself")
    if isinstance(chosen, NoRemedy):
        return Refusal(where=where, package=package, why=chosen.why)
    return Change(
        where=where,
        package=package,
        ecosystem=ECOSYSTEM,
        before=wanted,
        after=wanted.replace(found[2], chosen),
        version=chosen,
        releases=ids,
    )


def _affecting(operator: str, floor: str, package: str, remedies: Remedies) -> tuple[str, ...]:
    ids = dict.fromkeys(remedies.hits(ECOSYSTEM, package, floor))
    if operator not in ("", "="):
        for version in remedies.affected_versions(ECOSYSTEM, package):
            try:
                if _allows(operator, floor, version):
                    ids |= dict.fromkeys(remedies.hits(ECOSYSTEM, package, version))
            except BadInput:
                continue
    return tuple(ids)


def _allows(operator: str, floor: str, version: str) -> bool:
    """Whether ^, ~ or >= of `floor` accepts a version (node-semver, Advanced Range Syntax)."""
    if version_key(ECOSYSTEM, version) < version_key(ECOSYSTEM, floor):
        return False
    low, given = _numbers(floor), _numbers(version)
    if operator == ">=":
        return True
    if operator == "~":
        return given[:2] == low[:2]
    fixed = next((n for n, part in enumerate(low) if part), 2) + 1
    return given[:fixed] == low[:fixed]


def _numbers(version: str) -> tuple[int, ...]:
    found = _PARTS.match(version)
    if found is None:
        raise BadInput(f"{version} cannot be read as a version")
    return tuple(map(int, found.groups()))


def _refuse(wanted: str, package: str, where: str, remedies: Remedies) -> Refusal | None:
    """A range of another form: said when releases name the package at all."""
    if not remedies.affected_versions(ECOSYSTEM, package):
        return None
    kind = "an address" if _ADDRESS.match(wanted) else "a range of a form that is not changed here"
    why = f"{wanted!r} is {kind}; look at it yourself"
    return Refusal(where=where, package=package, why=why)


def _dependencies(parsed: Any) -> Iterator[tuple[str, str, str]]:
    for kind in _KINDS:
        listed = parsed.get(kind) if isinstance(parsed, dict) else None
        for package, wanted in listed.items() if isinstance(listed, dict) else ():
            if isinstance(wanted, str):
                yield kind, package, wanted
