"""What one run or one bundle could leave behind for another: nothing."""

import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from proofs.forgeries.gadgets import SILENT, call, outcome, proof
from proofs.targets import Prover
from seawall.proofs.cache import cached_tree

EXCEPTION = 'kind = "exception"\ntype = "OSError"'
SHARED = [
    "/t/target/gadget/__init__.py",
    "/t/target/gadget/new.py",
    "/t/deps/depper.py",
    "/harness/replay.py",
    "/usr/lib/new.py",
    "/etc/passwd",
    "/proc/sys/kernel/core_pattern",
]


@pytest.mark.parametrize("path", SHARED)
def test_a_run_cannot_write_what_others_read(prover: Prover, path: str) -> None:
    before = {p: p.read_bytes() for p in prover.root.rglob("*") if p.is_file()}
    record = prover.prove(proof(call("gadget:write", f'"{path}"', '"x"'), oracle=EXCEPTION))
    assert record.runs[0].fired, record.reasons  # it was refused: OSError escaped
    after = {p: p.read_bytes() for p in prover.root.rglob("*") if p.is_file()}
    assert {p: d for p, d in after.items() if p.name != "prepared.json"} == {
        p: d for p, d in before.items() if p.name != "prepared.json"
    }


@pytest.mark.parametrize("folder", ["/work", "/tmp", "/dev/shm"])
def test_a_run_finds_nothing_of_the_one_before(prover: Prover, folder: str) -> None:
    left = f'"{folder}/left"'
    prover.prove(proof(call("gadget:write", left, '"{command}"')))
    record = prover.prove(
        proof(call("gadget:read", left), oracle='kind = "exception"\ntype = "FileNotFoundError"')
    )
    assert all(run.fired for run in record.runs if run.side.value == "affected")


def test_a_secret_of_the_run_before_is_worth_nothing(prover: Prover) -> None:
    record = prover.prove(proof(call("gadget:run", '"/work/c0000000000000000 {{command}} {token}"'),
                                oracle='kind = "callback"'))  # fmt: skip
    assert outcome(record) == SILENT


def test_racing_for_one_cache_key_makes_it_once_and_whole(tmp_path: Path) -> None:
    made: list[str] = []
    found: list[tuple[str, str]] = []

    def make(folder: Path) -> Mapping[str, str]:
        made.append(folder.name)
        (folder / "one").write_text("1")
        (folder / "two").write_text("2")
        return {"digest": str(len(made))}

    def ask() -> None:
        tree, facts = cached_tree(tmp_path, kind="k", key={"a": 1}, make=make)
        found.append((tree.name, facts["digest"] + (tree / "two").read_text()))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert set(found) == {(found[0][0], "12")}
    assert len(found) == 8


def test_a_preparation_that_fails_leaves_nothing_that_looks_complete(tmp_path: Path) -> None:
    def broken(folder: Path) -> Mapping[str, str]:
        (folder / "half").write_text("x")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        cached_tree(tmp_path, kind="k", key={}, make=broken)
    tree, _ = cached_tree(tmp_path, kind="k", key={}, make=lambda folder: {})
    assert not (tree / "half").exists()
