"""Strict reader of a family's folder: item.toml, its reproducer, and what a fix must keep."""

import dataclasses
import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seawall.evals.item import Feature, Item, Solution
from seawall.evals.prompts import files_for, prompt_for
from seawall.proofs.archive import digest_of, read_folder
from seawall.proofs.read_native import read_run
from seawall.proofs.read_steps import read_steps
from seawall.proofs.reader import read_reproducer
from seawall.proofs.reproducer import Reproducer
from seawall.proofs.tables import Table
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import Budget, ItemFacts, Task
from seawall.vocab.evidence import OracleKind, Runtime

MANIFEST = "item.toml"
_TOP = "format family source licence effects runs_code fix tests feature item"
_PROOF, _FEATURE, _TESTS = "reproducer/", "feature/", "tests/"
_LABEL = r"[a-z0-9]+(-[a-z0-9]+)*"
_LICENCE = r"[A-Za-z0-9][A-Za-z0-9 .+()-]*"
_FILES = {OracleKind.COMMAND, OracleKind.FILE_WRITE, OracleKind.FILE_READ}
_AFTER_AUDIT = {"item", "runs_code"}
STRONG = {
    Runtime.PYTHON: frozenset({*_FILES, OracleKind.CALLBACK}),
    Runtime.NODE: frozenset({*_FILES, OracleKind.CALLBACK, OracleKind.PROTOTYPE}),
    Runtime.NATIVE: frozenset({OracleKind.SANITIZER}),
}
"""Effects that no version may have whatever it is asked for. An exception, a hang or what a checker
says may also be how two versions differ by design, so it counts only where the known proof shows
the same."""
_DEFAULT_TOKENS = {Task.FIND: 600_000, Task.PROVE: 300_000, Task.FIX: 300_000}


def read_family(folder: Path) -> tuple[Item, ...]:
    """The items of one family's folder. Raises BadInput with the file and place, or OSError."""
    return family_of(read_folder(folder), name=folder.name)


def family_of(files: Mapping[str, bytes], *, name: str) -> tuple[Item, ...]:
    """The items of a family from its files (relative path → content). Raises BadInput."""
    table = Table(_manifest(files), "", keys=_TOP.split())
    if table.raw("format") != 1:
        raise BadInput("this reader knows format 1", where="format", mend="write format = 1")
    family = table.text("family", limit=60, pattern=_LABEL, hint="small letters and hyphens")
    if family != name:
        raise BadInput(f"is {family!r} in a folder called {name!r}", where="family")
    _refuse_strangers(files)
    solution = _solution(table, files)
    shared = _Shared(
        family=family,
        source=table.text("source", limit=200),
        licence=table.text("licence", limit=100, pattern=_LICENCE, hint='such as "MIT"'),
        effects=_effects(table, solution.reproducer),
        runs_code=table.flag("runs_code"),
        solution=solution,
        digest=digest_of(files),
        substance=_substance(files),
    )
    rows = table.raw("item")
    if not isinstance(rows, list) or not rows:
        raise BadInput("wants at least one item", where="item", mend="write [[item]]")
    items = tuple(_item(row, f"item[{i}]", shared) for i, row in enumerate(rows))
    if len({item.task for item in items}) < len(items):
        raise BadInput("two items of a family ask for the same task", where="item")
    return items


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    family: str
    source: str
    licence: str
    effects: frozenset[OracleKind]
    runs_code: bool
    solution: Solution
    digest: str
    substance: str


def _manifest(files: Mapping[str, bytes]) -> dict[str, Any]:
    data = files.get(MANIFEST)
    if data is None:
        raise BadInput(f"no {MANIFEST} in the folder", mend=f"put {MANIFEST} at its top")
    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise BadInput(f"is not TOML: {error}", where=MANIFEST) from None


def _substance(files: Mapping[str, bytes]) -> str:
    """Digest of all but the rows of items, whose numbers come after an audit."""
    said = {key: value for key, value in _manifest(files).items() if key not in _AFTER_AUDIT}
    rest = {path: data for path, data in files.items() if path != MANIFEST}
    return digest_of({**rest, MANIFEST: json.dumps(said, sort_keys=True, default=str).encode()})


def _refuse_strangers(files: Mapping[str, bytes]) -> None:
    for path in files:
        if path != MANIFEST and not path.startswith((_PROOF, _FEATURE, _TESTS)) and "/" in path:
            raise BadInput(
                "lies in no folder of an item",
                where=path,
                mend="use reproducer/, feature/ or tests/",
            )


def _below(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    return {p.removeprefix(folder): data for p, data in files.items() if p.startswith(folder)}


def _solution(table: Table, files: Mapping[str, bytes]) -> Solution:
    try:
        reproducer = read_reproducer(_below(files, _PROOF))
    except BadInput as error:
        raise BadInput(
            error.what, where=f"{_PROOF}{error.where or 'reproducer.toml'}", mend=error.mend
        ) from None
    fix = _fix(table, files, reproducer)
    if reproducer.script:
        raise BadInput("a known proof is written in steps", where=f"{_PROOF}script")
    tests = Table(table.raw("tests", {}), "tests", keys=("argv",))
    features = tuple(
        _feature(row, f"feature[{i}]", reproducer, files)
        for i, row in enumerate(table.raw("feature", []))
    )
    return Solution(
        reproducer=reproducer,
        fix=fix,
        features=features,
        test_argv=tests.texts("argv", count=20),
        test_files=_below(files, _TESTS),
    )


def _fix(table: Table, files: Mapping[str, bytes], reproducer: Reproducer) -> bytes:
    name = table.text("fix", "")
    if bool(name) == bool(reproducer.target.fixed):
        raise BadInput(
            "wants exactly one of a fixed version in the reproducer and a diff",
            where="fix",
            mend='name the release in target.fixed, or write fix = "fix.diff"',
        )
    if name and name not in files:
        raise BadInput(f"no file {name!r} in the folder", where="fix")
    return files[name] if name else b""


def _feature(data: Any, where: str, reproducer: Reproducer, files: Mapping[str, bytes]) -> Feature:
    table = Table(data, where, keys=("name", "step", "run"))
    runtime = reproducer.target.runtime
    known = {**reproducer.files, **_below(files, _FEATURE)}
    name = table.text("name", limit=120)
    if runtime is Runtime.NATIVE:
        return Feature(
            name=name, run=read_run(table.raw("run"), f"{where}.run", known), files=known
        )
    steps, _ = read_steps(table.raw("step"), f"{where}.step", runtime=runtime, files=known)
    return Feature(name=name, steps=steps, files=known)


def _effects(table: Table, reproducer: Reproducer) -> frozenset[OracleKind]:
    named = table.texts("effects")
    for i, name in enumerate(named):
        if name not in list(OracleKind):
            raise BadInput(f"{name!r} is no effect", where=f"effects[{i}]")
    chosen = frozenset(OracleKind(name) for name in named)
    chosen = chosen or STRONG[reproducer.target.runtime]
    return chosen | {reproducer.oracle.kind}


def _item(data: Any, where: str, shared: _Shared) -> Item:
    table = Table(data, where, keys=("task", "a", "b", "floor", "tokens"))
    task = Task(table.choice("task", [t.value for t in Task]))
    if "a" not in table or "b" not in table:
        raise BadInput("'a' and 'b' are missing", where=where, mend="see docs/evals-items.md")
    reproducer, solution = shared.solution.reproducer, shared.solution
    if task is Task.FIX and not (solution.features or reproducer.has_control or solution.test_argv):
        raise BadInput(
            "nothing shows that a fix keeps the feature",
            where=where,
            mend="add a [[feature]], a control, or [tests]",
        )
    facts = ItemFacts(
        id=f"{shared.family}.{task.value}",
        family=shared.family,
        task=task,
        discrimination=table.number("a", 1, least=0.1, most=5),
        difficulty=table.number("b", 0, least=-6, most=10),
        floor=table.flag("floor") or (shared.runs_code and task is not Task.FIX),
    )
    tokens = table.number("tokens", _DEFAULT_TOKENS[task], least=1_000, most=100_000_000)
    return Item(
        facts=facts,
        title=reproducer.title,
        prompt=prompt_for(task, reproducer, shared.effects),
        files=files_for(task, reproducer),
        target=reproducer.target,
        effects=shared.effects,
        runs_code=shared.runs_code,
        budget=Budget(tokens=int(tokens)),
        cwes=reproducer.cwes,
        identifiers=reproducer.identifiers,
        source=shared.source,
        licence=shared.licence,
        solution=solution,
        digest=_of_task(shared.digest, task),
        substance=_of_task(shared.substance, task),
    )


def _of_task(digest: str, task: Task) -> str:
    return hashlib.sha256(f"{digest} {task.value}".encode()).hexdigest()
