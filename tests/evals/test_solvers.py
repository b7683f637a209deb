"""Reference solvers: they act as a model does, and come to what they should on a known flaw."""

import random
import tomllib

import pytest

from evals.families import ECHO, OFFENCE, PROOF, RUN, answer, leaky
from proofs.targets import Prover
from seawall.evals.audit import attempt, audit
from seawall.evals.item import HAND_IN, PATCH
from seawall.evals.solvers.bring import names_script
from seawall.evals.solvers.fuzzer import Fuzzer, plan_of
from seawall.evals.solvers.known import (
    DeleteTheFeature,
    Reference,
    UpstreamFix,
    source_bytes,
    upstream_patch,
)
from seawall.evals.solvers.plain import Grep, NoOp, RandomThrow
from seawall.evals.solvers.policy import CHUNK, Solver, next_script, put_files
from seawall.evals.solvers.reference import reference_solvers
from seawall.evals.solvers.write import toml
from seawall.sandbox.protocol import Job
from seawall.vocab.evals import Task

CONTROL = """
[[control]]
call = "leaky:load"
args = [{ path = "plain.txt" }]
"""


PLAIN = {"reproducer/plain.txt": b"plain text"}


def tried(prover: Prover, solver: Solver, task: Task, **more):
    return attempt(
        leaky(task, **more),
        solver,
        sandbox=prover.sandbox,
        cache_dir=prover.root / "cache",
        driver_of=prover.driver,
    )


def known(prover: Prover, kind: type) -> Solver:
    return kind(sandbox=prover.sandbox, cache=prover.root / "cache", driver_of=prover.driver)


@pytest.mark.parametrize("task", list(Task))
def test_doing_nothing_solves_nothing(prover: Prover, task: Task) -> None:
    came = tried(prover, NoOp(), task)
    assert (came.solved, came.reason) == (False, "nothing was handed in")


@pytest.mark.parametrize("task", list(Task))
def test_the_reference_solves_each_task(prover: Prover, task: Task) -> None:
    came = tried(prover, known(prover, Reference), task, proof=RUN, feature=ECHO)
    assert came.solved, came.reason


def test_the_upstream_fix_is_made_of_the_two_releases(prover: Prover) -> None:
    patch = upstream_patch(
        leaky(Task.FIX),
        sandbox=prover.sandbox,
        cache_dir=prover.root / "cache",
        driver_of=prover.driver,
    )
    assert b"--- a/leaky/__init__.py" in patch
    assert b"+SAFE = True" in patch


def test_the_upstream_fix_fails_where_it_takes_a_feature_away(prover: Prover) -> None:
    """leaky 1.1 reads no file at all; that features are checked shows here."""
    came = tried(prover, known(prover, UpstreamFix), Task.FIX)
    assert (came.solved, came.reason.split(":")[0]) == (False, "breaks")


def test_deleting_the_feature_silences_the_proof_and_fails(prover: Prover) -> None:
    came = tried(prover, DeleteTheFeature(), Task.FIX, proof=PROOF + CONTROL, **PLAIN)
    assert not came.solved
    assert came.reason.startswith("breaks: "), came.reason


@pytest.mark.parametrize(
    ("solver", "task"),
    [(RandomThrow(), Task.PROVE), (Grep(), Task.PROVE), (Grep(), Task.FIX)],
    ids=["random", "grep", "grep for a fix"],
)
def test_a_throw_hands_in_something_that_is_graded(
    prover: Prover, solver: Solver, task: Task
) -> None:
    came = tried(prover, solver, task)
    assert came.digest, came.reason
    assert not came.reason.startswith("refused: wants"), came.reason


def test_an_item_that_the_fuzzer_solves_is_a_floor_item(prover: Prover) -> None:
    record = audit(
        leaky(Task.PROVE, proof=RUN),
        sandbox=prover.sandbox,
        cache_dir=prover.root / "cache",
        solvers=[NoOp(), Fuzzer(seconds=60), known(prover, Reference)],
        driver_of=prover.driver,
    )
    assert record.floor
    assert record.problems == ()
    assert record.source_bytes == source_bytes(prover.root / "python/1.0/target")


def test_the_fuzzer_knows_calls_and_no_attack() -> None:
    plan = plan_of(leaky(feature="", items=OFFENCE), seconds=1, seed=1)
    assert plan["uses"] == [[{"call": "leaky:load", "args": ["a"]}]]


def test_a_solver_can_be_played_without_memory() -> None:
    item, solver = leaky(Task.PROVE), Grep()
    policy = solver.act(item, random.Random(7))
    live = [next(policy), policy.send("./leaky/__init__.py:1:open("), policy.send("leaky:load")]
    outputs = ["./leaky/__init__.py:1:open(", "leaky:load"]
    played = [
        next_script(solver, item, seed=7, outputs=outputs[:n]) for n in range(len(outputs) + 1)
    ]
    assert played == live
    assert next_script(NoOp(), item, seed=7, outputs=["ok"]) is None


def test_files_arrive_whole_in_scripts_that_fit_an_argument(prover: Prover) -> None:
    data = random.Random(1).randbytes(200_000)
    scripts = list(put_files({"a/b": data, "c": b"\x00"}))
    assert len(scripts) > 3
    assert max(map(len, scripts)) < CHUNK + 1000
    outcome = prover.sandbox.run(
        Job(
            argv=("/bin/bash", "-s"),
            stdin="\n".join(scripts).encode(),
            environment={"PATH": "/usr/bin:/bin"},
            collect=("answer",),
        )
    )
    assert outcome.files == {"answer/a/b": data, "answer/c": b"\x00"}, outcome.stderr


def test_every_solver_tries_what_it_can(prover: Prover) -> None:
    solvers = reference_solvers(sandbox=prover.sandbox, cache_dir=prover.root)
    assert [s.name for s in solvers] == [
        "no-op", "random", "grep", "fuzzer", "delete the feature", "upstream fix", "reference",
    ]  # fmt: skip
    assert {s.name for s in solvers if Task.FIX not in s.tasks} == {"fuzzer"}


def test_names_are_those_of_the_target(prover: Prover) -> None:
    assert "names.py /target" in names_script(leaky().target)


def test_values_are_written_as_toml_reads_them() -> None:
    value = {"a b": ['"\\\n\x7fé', 1, True, {"x": []}]}
    assert tomllib.loads(f"v = {toml(value)}") == {"v": value}


def test_the_hand_in_folder_and_the_patch_have_one_name_each(prover: Prover) -> None:
    item = leaky(Task.FIX)
    assert f"{HAND_IN}/{PATCH}" in item.prompt
    assert answer(prover, item, {PATCH: b"--- a\n+++ b\n"}).solved is False
