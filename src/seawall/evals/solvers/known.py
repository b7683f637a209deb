"""Solvers that are given the solution, to show that an item can be solved; and one that cheats."""

import difflib
import os
import random
from dataclasses import dataclass
from pathlib import Path

from seawall.evals.grade import DriverOf
from seawall.evals.item import PATCH, Item
from seawall.evals.material import native_tree
from seawall.evals.prompts import source_path
from seawall.evals.solvers.bring import patch_script
from seawall.evals.solvers.policy import Policy, put_files
from seawall.proofs.runtime import Prepared
from seawall.proofs.runtimes import driver_for
from seawall.sandbox.protocol import Sandbox
from seawall.vocab.evals import Task
from seawall.vocab.evidence import Runtime, Side

_CODE = (".py", ".js", ".cjs", ".mjs", ".c", ".h", ".json")
_SKIPPED = {"node_modules", "__pycache__", "test", "tests", "docs", "package.json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Replays the known solution: the proof for find and prove, the upstream fix for fix."""

    sandbox: Sandbox
    cache: Path
    driver_of: DriverOf | None = None
    name: str = "reference"
    tasks: frozenset[Task] = frozenset(Task)

    def act(self, item: Item, rng: random.Random) -> Policy:
        if item.task is Task.FIX:
            files = {PATCH: _patch(item, self.sandbox, self.cache, self.driver_of)}
        else:
            files = dict(item.solution.reproducer.files)
        yield from put_files(files)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamFix:
    """Hands in the difference between the affected and the fixed release's source."""

    sandbox: Sandbox
    cache: Path
    driver_of: DriverOf | None = None
    name: str = "upstream fix"
    tasks: frozenset[Task] = frozenset({Task.FIX})

    def act(self, item: Item, rng: random.Random) -> Policy:
        yield from put_files({PATCH: _patch(item, self.sandbox, self.cache, self.driver_of)})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteTheFeature:
    """Makes the functions that the reproducer calls do nothing; silences it, and must not pass."""

    name: str = "delete the feature"
    tasks: frozenset[Task] = frozenset({Task.FIX})

    def act(self, item: Item, rng: random.Random) -> Policy:
        steps = item.solution.reproducer.steps
        called = [s.ref for s in steps if s.op in ("call", "new") and not s.ref.startswith("$")]
        names = " ".join(dict.fromkeys(called)) or "main"
        yield patch_script(source_path(item.target), f"delete {names}")


def upstream_patch(
    item: Item, *, sandbox: Sandbox, cache_dir: Path, driver_of: DriverOf | None = None
) -> bytes:
    """The upstream fix as a unified diff of the package's code, with paths relative to it.

    Raises PrepareFailed or Unsupported when a side cannot be had.
    """
    if item.solution.fix:
        return item.solution.fix
    known = item.solution.reproducer
    driver = driver_of(known) if driver_of else driver_for(known, sandbox, cache_dir)
    old, new = (
        _source(item, driver.prepare(known, side), side, sandbox, cache_dir)
        for side in (Side.AFFECTED, Side.FIXED)
    )
    names = sorted({*_code(old), *_code(new)})
    return "".join(_diff(old, new, name) for name in names).encode("utf-8", "surrogateescape")


def source_bytes(root: Path) -> int:
    """Size of the code below `root`, tests and what was minified left out."""
    return sum((root / name).stat().st_size for name in _code(root))


def _patch(item: Item, sandbox: Sandbox, cache: Path, driver_of: DriverOf | None) -> bytes:
    return upstream_patch(item, sandbox=sandbox, cache_dir=cache, driver_of=driver_of)


def _source(item: Item, made: Prepared, side: Side, sandbox: Sandbox, cache: Path) -> Path:
    target = item.target
    match target.runtime:
        case Runtime.PYTHON:
            return made.tree / "target"
        case Runtime.NODE:
            return made.tree / "node_modules" / target.path
        case Runtime.NATIVE:
            known = item.solution.reproducer
            return native_tree(known, made, side, sandbox=sandbox, cache=cache) / "source"


def _code(root: Path) -> list[str]:
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if f not in _SKIPPED and not f.endswith(".dist-info")]
        found += [
            Path(folder, name).relative_to(root).as_posix()
            for name in names
            if name.endswith(_CODE) and ".min." not in name and name not in _SKIPPED
        ]
    return found


def _diff(old: Path, new: Path, name: str) -> str:
    before, after = _lines(old / name), _lines(new / name)
    first = f"a/{name}" if (old / name).exists() else "/dev/null"
    last = f"b/{name}" if (new / name).exists() else "/dev/null"
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(before, after, first, last)
    )


def _lines(path: Path) -> list[str]:
    if path.is_symlink() or not path.is_file():
        return []
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    return [f"{line}\n" for line in text.split("\n")[:-1]] + [t for t in text.split("\n")[-1:] if t]
