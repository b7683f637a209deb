"""Places in SARIF results: locations, stacks and the replacements of fixes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from seawall.formats import bounded
from seawall.formats.sarif_rules import soft_object, soft_text
from seawall.vocab.errors import BadInput
from seawall.vocab.findings import Location

_MAX_BASES = 10
_DRIVE = re.compile("/[A-Za-z]:/")


def read_locations(
    result: Mapping[str, Any], where: str, *, run: Mapping[str, Any]
) -> tuple[Location, ...]:
    """The places of a result, once each; those that name neither file nor function are left out."""
    found = (
        read_location(place, pointer, run=run)
        for place, pointer in bounded.objects(result, "locations", where)
    )
    return tuple(dict.fromkeys(place for place in found if place.file or place.function))


def read_location(place: Mapping[str, Any], where: str, *, run: Mapping[str, Any]) -> Location:
    """One location (SARIF 2.1.0 §3.28)."""
    physical = bounded.inner(place, "physicalLocation", where)
    below = f"{where}/physicalLocation"
    artifact = bounded.inner(physical, "artifactLocation", below)
    region = bounded.inner(physical, "region", below)
    return Location(
        file=_file(artifact, f"{below}/artifactLocation", run=run),
        line=_line(region, "startLine", f"{below}/region"),
        end_line=_line(region, "endLine", f"{below}/region"),
        function=_function(place, where),
    )


def stacks_text(result: Mapping[str, Any], where: str, *, run: Mapping[str, Any]) -> str:
    """The stacks of a result as text, innermost frame first; "" when there are none."""
    lines: list[str] = []
    for stack, place in bounded.objects(result, "stacks", where):
        if title := soft_text(soft_object(stack, "message"), "text"):
            lines.append(title)
        for index, (frame, below) in enumerate(bounded.objects(stack, "frames", place)):
            one = read_location(
                bounded.inner(frame, "location", below), f"{below}/location", run=run
            )
            spot = f"{one.file}:{one.line}" if one.line else one.file
            lines.append(f"    #{index} {one.function or '??'} {spot}".rstrip())
    return "\n".join(lines)


def fixes_text(result: Mapping[str, Any], where: str, *, run: Mapping[str, Any]) -> str:
    """The proposed fixes in words: what to replace where, and by what (SARIF 2.1.0 §3.55)."""
    return "\n\n".join(
        "\n".join(_fix_lines(fix, place, run=run))
        for fix, place in bounded.objects(result, "fixes", where)
    ).strip()


def _fix_lines(fix: Mapping[str, Any], where: str, *, run: Mapping[str, Any]) -> Iterator[str]:
    if words := soft_text(soft_object(fix, "description"), "text"):
        yield words
    for change, place in bounded.objects(fix, "artifactChanges", where):
        artifact = bounded.inner(change, "artifactLocation", place)
        file = _file(artifact, f"{place}/artifactLocation", run=run)
        for replacement, below in bounded.objects(change, "replacements", place):
            region = bounded.inner(replacement, "deletedRegion", below)
            line = _line(region, "startLine", f"{below}/deletedRegion")
            column = _line(region, "startColumn", f"{below}/deletedRegion")
            spot = ":".join(str(part) for part in (file, line, column) if part)
            inserted = soft_text(soft_object(replacement, "insertedContent"), "text")
            yield f"{spot}: {f'replace by {inserted!r}' if inserted else 'delete'}"


def _file(artifact: Mapping[str, Any], where: str, *, run: Mapping[str, Any]) -> str:
    """The path of an artifact, relative to its base when it has one."""
    artifact = _indexed(artifact, where, run=run)
    path = _path(bounded.text(artifact, "uri", where))
    base = bounded.text(artifact, "uriBaseId", where)
    bases = soft_object(run, "originalUriBaseIds")
    seen: set[str] = set()
    while base not in seen and len(seen) < _MAX_BASES:
        seen.add(base)
        known = soft_object(bases, base) if base else {}
        prefix = soft_text(known, "uri")
        if not prefix or "://" in prefix or prefix.startswith(("/", "file:")):
            break
        path = f"{_path(prefix).rstrip('/')}/{path}"
        base = soft_text(known, "uriBaseId")
    return path


def _indexed(
    artifact: Mapping[str, Any], where: str, *, run: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The artifact that an index points to, when the location itself has no uri."""
    if artifact.get("uri"):
        return artifact
    index = bounded.whole(artifact, "index", where, default=-1)
    listed = run.get("artifacts")
    if isinstance(listed, list) and 0 <= index < len(listed) and isinstance(listed[index], dict):
        return soft_object(listed[index], "location")
    return artifact


def _path(uri: str) -> str:
    """A uri as a path: unescaped, "file:" and "./" taken off."""
    if uri.lower().startswith("file:"):
        uri = uri[5:]
        if uri.startswith("//"):
            uri = "/" + uri[2:].partition("/")[2]
    path = unquote(uri).replace("\0", "\ufffd").strip() if "://" not in uri else uri
    if _DRIVE.match(path):
        path = path[1:]
    while path.startswith("./"):
        path = path[2:]
    return path


def _line(region: Mapping[str, Any], key: str, where: str) -> int:
    number = bounded.whole(region, key, where)
    if number < 0:
        raise BadInput("a number below 0", where=f"{where}/{key}")
    return number


def _function(place: Mapping[str, Any], where: str) -> str:
    for logical, _ in bounded.objects(place, "logicalLocations", where):
        if name := soft_text(logical, "fullyQualifiedName") or soft_text(logical, "name"):
            return name
    return ""
