"""Audit items: what reference solvers make of them, by really running each."""

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from seawall.evals.grade import DriverOf, Graded, grade
from seawall.evals.item import HAND_IN, Item
from seawall.evals.material import material
from seawall.evals.room import WORK, Layout, Room
from seawall.evals.solvers.known import source_bytes
from seawall.evals.solvers.policy import Solver
from seawall.evals.solvers.reference import reference_solvers
from seawall.proofs.runtime import PrepareFailed, Unsupported
from seawall.sandbox.protocol import Sandbox
from seawall.vocab.errors import BadInput, one_line

AUDIT_FILE = "audit.json"
SKILLESS = frozenset({"no-op", "random", "grep"})
CHEATS = frozenset({"delete the feature"})
MUST_PASS = frozenset({"upstream fix", "reference"})
SEED = 20261123
_SCRIPT_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One solver's attempt at one item."""

    solver: str
    solved: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """What the solvers came to. `substance` is the item's, so that a changed item is seen."""

    item: str
    substance: str
    source_bytes: int
    """Size of the target's own code, as shown."""
    tried: tuple[Tried, ...]
    failed: str = ""
    """Why this machine could not audit it; "" when it could."""

    @property
    def floor(self) -> bool:
        """Whether an item asks for no skill: the fuzzer, or one that only throws, solves it."""
        return any(t.solved for t in self.tried if t.solver in {*SKILLESS, "fuzzer"})

    @property
    def problems(self) -> tuple[str, ...]:
        """Why the item must not be used; () when it is sound. The no-op and deleting the feature
        must fail, reference and upstream fix must pass; a floor item is sound."""
        bad = [self.failed] if self.failed else []
        bad += [
            f"{t.solver} {'solves' if t.solved else 'does not solve'} it: {t.reason}"
            for t in self.tried
            if (t.solver in MUST_PASS and not t.solved)
            or (t.solver in CHEATS | {"no-op"} and t.solved)
        ]
        return tuple(bad)

    def as_json(self) -> dict[str, Any]:
        made = asdict(self)
        return {**made, "floor": self.floor}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One item audited, of so many."""

    record: AuditRecord
    done: int
    total: int


def attempt(
    item: Item,
    solver: Solver,
    *,
    sandbox: Sandbox,
    cache_dir: Path,
    seed: int = SEED,
    driver_of: DriverOf | None = None,
) -> Graded:
    """Let `solver` act in a sandbox made for the item, and grade what it hands in."""
    driver = driver_of(item.solution.reproducer) if driver_of else None
    shown = material(item, sandbox=sandbox, cache_dir=cache_dir, driver=driver)
    layout = Layout(files=shown.files, mounts=shown.mounts, environment=shown.environment)
    with Room(layout, sandbox=sandbox) as room:
        policy = solver.act(item, random.Random(seed))
        try:
            script = next(policy)
            while True:
                script = policy.send(room.bash(script, seconds=_SCRIPT_SECONDS).shown())
        except StopIteration:
            pass
        answer = str(HAND_IN.relative_to(WORK))
        found, skipped = room.read(answer)
    if skipped:
        return Graded(solved=False, reason=f"refused: {skipped[0]}", digest="")
    handed_in = {path.removeprefix(f"{answer}/"): data for path, data in found.items()}
    return grade(item, handed_in, sandbox=sandbox, cache_dir=cache_dir, driver_of=driver_of)


def audit(
    item: Item,
    *,
    sandbox: Sandbox,
    cache_dir: Path,
    solvers: Sequence[Solver] | None = None,
    seed: int = SEED,
    driver_of: DriverOf | None = None,
) -> AuditRecord:
    """Run every reference solver that can try the item's task.

    Raises PrepareFailed or Unsupported when this machine cannot have the item's target.
    """
    chosen = solvers or reference_solvers(sandbox=sandbox, cache_dir=cache_dir)
    tried = []
    for solver in chosen:
        if item.task in solver.tasks:
            came = attempt(
                item, solver, sandbox=sandbox, cache_dir=cache_dir, seed=seed, driver_of=driver_of
            )
            tried.append(Tried(solver=solver.name, solved=came.solved, reason=came.reason))
    driver = driver_of(item.solution.reproducer) if driver_of else None
    shown = material(item, sandbox=sandbox, cache_dir=cache_dir, driver=driver)
    return AuditRecord(
        item=item.id,
        substance=item.substance,
        source_bytes=source_bytes(shown.source_folder),
        tried=tuple(tried),
    )


def audit_bank(
    items: Iterable[Item],
    *,
    sandbox: Sandbox,
    cache_dir: Path,
    solvers: Sequence[Solver] | None = None,
    parallel: int = 2,
    progress: Callable[[Progress], None] = lambda _: None,
) -> tuple[AuditRecord, ...]:
    """Audit all `items`, in the order of their ids; `progress` hears of each as it is done. One
    that cannot be had here is recorded as failed."""
    every = list(items)
    records: list[AuditRecord] = []
    with ThreadPoolExecutor(max_workers=parallel) as pool:
        jobs = [pool.submit(_audit_or_say, item, sandbox, cache_dir, solvers) for item in every]
        for done, job in enumerate(as_completed(jobs), start=1):
            records.append(job.result())
            progress(Progress(record=records[-1], done=done, total=len(every)))
    return tuple(sorted(records, key=lambda r: r.item))


def _audit_or_say(
    item: Item, sandbox: Sandbox, cache_dir: Path, solvers: Sequence[Solver] | None
) -> AuditRecord:
    try:
        return audit(item, sandbox=sandbox, cache_dir=cache_dir, solvers=solvers)
    except (PrepareFailed, Unsupported, BadInput, OSError) as error:
        said = one_line(str(error))
        return AuditRecord(
            item=item.id, substance=item.substance, source_bytes=0, tried=(), failed=said
        )


def write_audit(records: Iterable[AuditRecord], path: Path) -> None:
    """Write records as JSON, one after another in the order of their items."""
    rows = [record.as_json() for record in sorted(records, key=lambda r: r.item)]
    path.write_text(json.dumps({"format": 1, "items": rows}, indent=1, ensure_ascii=False) + "\n")


def read_audit(text: str) -> dict[str, AuditRecord]:
    """Records by item id."""
    return {row["item"]: _record(row) for row in json.loads(text)["items"]}


def practice_audit() -> dict[str, AuditRecord]:
    """The records that ship with the practice bank."""
    return read_audit((files("seawall.evals") / "items" / AUDIT_FILE).read_text("utf-8"))


def _record(row: Mapping[str, Any]) -> AuditRecord:
    tried = tuple(Tried(**each) for each in row["tried"])
    return AuditRecord(
        item=row["item"],
        substance=row["substance"],
        source_bytes=row["source_bytes"],
        tried=tried,
        failed=row.get("failed", ""),
    )
