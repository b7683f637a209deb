"""The examples of docs/reproducer.md: readable always, proven when there is a registry."""

import tomllib
from pathlib import Path

import pytest

from proofs.targets import working_sandbox
from seawall.proofs.reader import load_reproducer
from seawall.proofs.reproduce import reproduce
from seawall.vocab.evidence import EvidenceLevel, Verdict

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(p.parent for p in (ROOT / "docs" / "examples").glob("*/reproducer.toml"))


def name(path: Path) -> str:
    return path.name


def test_there_is_an_example_for_each_runtime() -> None:
    runtimes = {load_reproducer(path).target.runtime.value for path in EXAMPLES}
    assert runtimes == {"python", "node", "native"}


@pytest.mark.parametrize("path", EXAMPLES, ids=name)
def test_every_example_is_a_good_bundle(path: Path) -> None:
    found = load_reproducer(path)
    assert found.target.fixed
    assert found.identifiers == tuple(
        tomllib.loads((path / "reproducer.toml").read_text())["identifiers"]
    )


@pytest.mark.online
@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.parametrize("path", EXAMPLES, ids=name)
def test_every_example_is_attributed(path: Path, tmp_path: Path) -> None:
    record = reproduce(path, sandbox=working_sandbox(), cache_dir=tmp_path)
    assert (record.verdict, record.level) == (Verdict.CONFIRMED, EvidenceLevel.E3), record.reasons
    assert not any(run.fired for run in record.runs if run.side.value != "affected")


@pytest.mark.online
@pytest.mark.slow
@pytest.mark.enable_socket
def test_a_stack_that_runs_out_is_attributed(tmp_path: Path) -> None:
    bundle = ROOT / "src/seawall/evals/items/sqlparse-nesting/reproducer"
    record = reproduce(bundle, sandbox=working_sandbox(), cache_dir=tmp_path, runs=1)
    assert (record.verdict, record.level) == (Verdict.CONFIRMED, EvidenceLevel.E3), record.reasons
