"""Requirements files, constraints and pyproject.toml: their texts, changed in versions alone."""

import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

from seawall.client.plans import Change, Refusal
from seawall.client.remedies import Remedies
from seawall.client.requirements import mend_requirement
from seawall.vocab.errors import BadInput

Mended = tuple[str, list[Change], list[Refusal]]
"""The new text of a file, what changed in it, and what is affected and could not be changed."""

_CONTINUED = re.compile(r"\\\r?\n")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_Path = tuple[str | int, ...]


def mend_requirements(text: str, name: str, remedies: Remedies) -> Mended:
    """A requirements or constraints file (pip's format): pins, ranges, extras, markers."""
    made: list[str] = []
    changes: list[Change] = []
    refusals: list[Refusal] = []
    for number, logical in _logical_lines(text):
        done = _mend_line(logical, f"{name}:{number}", remedies)
        match done:
            case Refusal():
                refusals.append(done)
            case (str(), Change()):
                changes.append(done[1])
        made.append(done[0] if isinstance(done, tuple) else logical)
    return "".join(made), changes, refusals


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their continuation lines, and the number of the first of each."""
    number, start, pending = 1, 1, ""
    for line in _LINE.findall(text):
        if not pending:
            start = number
        pending += line
        number += 1
        if not _CONTINUED.search(line):
            yield start, pending
            pending = ""
    if pending:
        yield start, pending


def _mend_line(logical: str, where: str, remedies: Remedies) -> tuple[str, Change] | Refusal | None:
    # Continuations and comments become spaces, so that places in the text stay what they are.
    plain = _CONTINUED.sub(lambda found: " " * len(found[0]), logical)
    plain = _COMMENT.sub(lambda found: " " * len(found[0]), plain)
    if not plain.strip() or plain.lstrip().startswith("-"):
        return None
    done = mend_requirement(plain.rstrip(), remedies, where=where, hashes="--hash" in plain)
    if not isinstance(done, tuple):
        return done
    return _carry_over(logical, plain.rstrip(), done[0]), done[1]


def _carry_over(logical: str, before: str, after: str) -> str:
    """The change from `before` to `after`, made in the line as it is written."""
    start = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    kept = 0
    while (
        kept < min(len(before), len(after)) - start
        and before[len(before) - 1 - kept] == after[len(after) - 1 - kept]
    ):
        kept += 1
    return logical[:start] + after[start : len(after) - kept] + logical[len(before) - kept :]


def mend_pyproject(text: str, name: str, remedies: Remedies) -> Mended:
    """pyproject.toml: the dependencies of the project (PEP 621), its extras, its groups (PEP 735)
    and what builds it; every other character stays. Raises BadInput for what is no TOML."""
    parsed = _parse(text, name)
    changes: list[Change] = []
    refusals: list[Refusal] = []
    for path, requirement in _requirements(parsed):
        where = f"{name}: {'.'.join(str(p) for p in path if isinstance(p, str))}"
        done = mend_requirement(requirement, remedies, where=where)
        if isinstance(done, Refusal):
            refusals.append(done)
        elif done is not None:
            changed = replace_literal(
                text, requirement, done[0], path=path, quotes="\"'", parse=lambda t: _parse(t, name)
            )
            if changed is None:
                why = f"it is written so that only you can change it to {done[1].after}"
                refusals.append(Refusal(where=where, package=done[1].package, why=why))
            else:
                text = changed
                changes.append(done[1])
    return text, changes, refusals


def replace_literal(
    text: str, old: str, new: str, *, path: _Path, quotes: str, parse: Callable[[str], Any]
) -> str | None:
    """The text with the one string at `path` changed from `old` to `new`, and nothing else: every
    place where it stands is tried, and the text read again. None when there is no such place."""
    wanted = with_value(parse(text), path, new)
    for quote in quotes:
        literal, place = f"{quote}{old}{quote}", -1
        while (place := text.find(literal, place + 1)) >= 0:
            made = f"{text[:place]}{quote}{new}{quote}{text[place + len(literal) :]}"
            try:
                if parse(made) == wanted:
                    return made
            except BadInput:
                continue
    return None


def with_value(document: Any, path: _Path, value: Any) -> Any:
    """A copy of parsed TOML or JSON with another value at `path`."""
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(document, dict):
        return {k: with_value(v, rest, value) if k == key else v for k, v in document.items()}
    return [with_value(v, rest, value) if n == key else v for n, v in enumerate(document)]


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(f"not TOML: {error}", where=name) from None


def _requirements(parsed: dict[str, Any]) -> Iterator[tuple[_Path, str]]:
    """Every requirement with its place."""
    project = parsed.get("project")
    if isinstance(project, dict):
        yield from _strings(project.get("dependencies"), ("project", "dependencies"))
        yield from _tables(project, "optional-dependencies", ("project",))
    yield from _tables(parsed, "dependency-groups", ())
    build = parsed.get("build-system")
    if isinstance(build, dict):
        yield from _strings(build.get("requires"), ("build-system", "requires"))


def _tables(table: dict[str, Any], key: str, above: _Path) -> Iterator[tuple[_Path, str]]:
    groups = table.get(key)
    for name, listed in groups.items() if isinstance(groups, dict) else ():
        yield from _strings(listed, (*above, key, name))


def _strings(listed: Any, path: _Path) -> Iterator[tuple[_Path, str]]:
    for number, each in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(each, str):
            yield (*path, number), each
