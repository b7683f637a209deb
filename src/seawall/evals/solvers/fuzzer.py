"""A fuzzer with a clock: mutates harmless uses of a target and hands in what first shows an effect.

It is given what the author of a fuzz target would write: which functions are called, with plain
texts. An item that it solves asks for no skill and is a floor item.
"""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seawall.evals.item import Item
from seawall.evals.prompts import template_of
from seawall.evals.solvers.bring import FOLDER, program
from seawall.evals.solvers.payloads import GENERIC
from seawall.evals.solvers.policy import Policy, put_files
from seawall.proofs.placeholders import named_in
from seawall.proofs.reproducer import NativeRun, Step
from seawall.vocab.evals import Task
from seawall.vocab.evidence import OracleKind, Runtime

_CHILD = {Runtime.PYTHON: ("python3", "child.py"), Runtime.NODE: ("node", "child.cjs")}
_SEEDS = (b'{"a": [1, "b"]}\n', b"select 1, 'a';\n", b"a = 1\n", b"| a |\n| - |\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuzzer:
    """`seconds` of CPU time are what it may use, so that a busy machine finds as much."""

    seconds: float = 5.0
    name: str = "fuzzer"
    tasks: frozenset[Task] = frozenset({Task.FIND, Task.PROVE})

    def act(self, item: Item, rng: random.Random) -> Policy:
        plan = json.dumps(plan_of(item, seconds=self.seconds, seed=rng.randrange(1 << 30)))
        programs = {name: program(name) for name in ("fuzz.py", "child.py", "child.cjs")}
        yield from put_files({**programs, "plan.json": plan.encode()}, FOLDER)
        yield f"python3 {FOLDER}/fuzz.py {FOLDER}/plan.json"


def plan_of(item: Item, *, seconds: float, seed: int) -> dict[str, Any]:
    """What programs/fuzz.py is told."""
    known = item.solution.reproducer
    runtime = item.target.runtime
    effects = sorted(kind.value for kind in item.effects)
    words = [w for kind in OracleKind for w in GENERIC[kind] if kind in item.effects]
    head = template_of(known).partition("[oracle]")[0].replace("…", "what a fuzzer found")
    return {
        "seconds": seconds,
        "seed": seed,
        "runtime": runtime.value,
        "child": [_CHILD[runtime][0], f"{FOLDER}/{_CHILD[runtime][1]}"]
        if runtime in _CHILD
        else [],
        "uses": _native_uses(item) if runtime is Runtime.NATIVE else _uses(item),
        "words": sorted({*words, *GENERIC[OracleKind.HANG], *GENERIC[OracleKind.EXCEPTION]}),
        "effects": effects,
        "exception": known.oracle.type or "no exception counts",
        "head": head + '[oracle]\nkind = "KIND"\n',
    }


def _uses(item: Item) -> list[list[dict[str, Any]]]:
    """The features, the control, and the known proof with every text made plain."""
    known = item.solution.reproducer
    uses = [_rows(feature.steps) for feature in item.solution.features]
    uses += [[_plain_row(row) for row in _rows(known.control)]] if known.control else []
    return [*uses, [_plain_row(row) for row in _rows(known.steps)]]


def _native_uses(item: Item) -> list[dict[str, Any]]:
    known = item.solution.reproducer
    made = []
    if known.control_run is not None:
        made.append(_use(known.control_run, known.files))
    run = known.run
    if run is not None and not made:
        names = (*run.inputs, *([run.stdin] if run.stdin else []))
        made += [_use(run, dict.fromkeys(names, seed)) for seed in _SEEDS]
    return made


def _use(run: NativeRun, files: Mapping[str, bytes]) -> dict[str, Any]:
    names = (*run.inputs, *([run.stdin] if run.stdin else []))
    return {
        "args": list(run.args),
        "stdin": run.stdin,
        "inputs": list(run.inputs),
        "files": {name: files[name].hex() for name in names},
    }


def _rows(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Steps as they stand in a reproducer.toml."""
    made = []
    for step in steps:
        row: dict[str, Any] = {step.op: [step.ref, step.value] if step.op == "item" else step.ref}
        row |= {"args": list(step.args)} if step.args else {}
        row |= {"kwargs": dict(step.kwargs)} if step.kwargs else {}
        row |= {"value": step.value} if step.op == "set" else {}
        row |= {"as": step.save_as} if step.save_as else {}
        row |= {"await": True} if step.awaits else {}
        made.append(row)
    return made


def _plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _plain(v) if k in ("args", "kwargs") else v for k, v in row.items()}


def _plain(value: Any) -> Any:
    match value:
        case str():
            return value if _is_plain(value) else "a"
        case list():
            return [_plain(v) for v in value]
        case {"handle": _} | {"regexp": _} | {"none": _} | {"undefined": _} | {"noop": _}:
            return value
        case {"json": _}:
            return {"a": {"b": "c"}}
        case {"repeat": [part, _]}:
            return _plain(part)
        case {"concat": _}:
            return "a"
        case {"saved": [name, content]}:
            return {"saved": [name, _plain(content)]}
        case {"bytes": _} | {"file": _} | {"text": _} | {"path": _}:
            return "a"
        case dict():
            keys = [k if _is_plain(k) else f"a{n}" for n, k in enumerate(value)]
            return dict(zip(keys, _values(value.values()), strict=True))
    return value


def _values(values: Iterable[Any]) -> list[Any]:
    return [_plain(v) for v in values]


def _is_plain(text: str) -> bool:
    return not named_in(text) and text.replace("-", "").isalnum() and len(text) < 24
