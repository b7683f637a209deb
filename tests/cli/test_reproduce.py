"""`seawall reproduce` at the door: exit codes, JSON, and output for people."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from proofs.targets import Prover, node_tree, python_tree, working_sandbox
from seawall.cli import reproduce as door
from seawall.proofs.attest import PREDICATE_TYPE
from seawall.sandbox import SandboxUnavailable

BUNDLE = """
format = 1
title = "A flaw"
[target]
purl = "pkg:pypi/leaky"
affected = "1.0"
fixed = "1.1"
runtime = "python"
[oracle]
kind = "command"
[[step]]
call = "leaky:%s"
args = ["{command}"]
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "reproducer.toml").write_text(BUNDLE % "run")
    return folder


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python_tree(tmp_path / "python")
    node_tree(tmp_path / "node")
    prover = Prover(sandbox=working_sandbox(), root=tmp_path)
    monkeypatch.setattr(
        "seawall.proofs.reproduce.driver_for", lambda reproducer, *_: prover.driver(reproducer)
    )


def run(*args: object):
    return CliRunner().invoke(door.command, [str(a) for a in args])


@pytest.mark.usefixtures("local")
def test_a_confirmed_proof_is_shown_with_its_ladder_and_ends_well(bundle: Path) -> None:
    result = run(bundle, "--runs", 1)
    assert result.exit_code == 0, result.output
    for part in ("confirmed", "E3 attributed", "affected", "fired", "silent", "leaky/__init__.py"):
        assert part in result.output


@pytest.mark.usefixtures("local")
def test_a_proof_that_shows_nothing_ends_with_one(bundle: Path) -> None:
    (bundle / "reproducer.toml").write_text(BUNDLE % "echo")
    result = run(bundle, "--runs", 1)
    assert result.exit_code == 1
    assert "not reproduced" in result.output


@pytest.mark.usefixtures("local")
def test_json_and_attestation_say_the_same(bundle: Path, tmp_path: Path) -> None:
    result = run(bundle, "--runs", 1, "--json", "--attest", tmp_path / "a.json")
    record = json.loads(result.stdout)
    statement = json.loads((tmp_path / "a.json").read_text())
    assert (record["verdict"], record["level"]) == ("confirmed", "E3")
    assert statement["predicateType"] == PREDICATE_TYPE
    assert statement["predicate"]["level"] == "E3"
    assert statement["subject"][0]["digest"]["sha256"] == record["reproducer_digest"]
    assert len(statement["predicate"]["runs"]) == 2


def test_a_bad_bundle_is_one_line_and_two(bundle: Path) -> None:
    (bundle / "reproducer.toml").write_text("format = 1\ntitel = 'x'")
    result = run(bundle)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "did you mean 'title'?" in result.stderr


def test_an_absent_bundle_is_one_line_and_two(tmp_path: Path) -> None:
    result = run(tmp_path / "absent")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_without_a_sandbox_nothing_runs(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise SandboxUnavailable("no sandbox works here: install bubblewrap")

    monkeypatch.setattr(door, "find_sandbox", none)
    result = run(bundle)
    assert result.exit_code == 3
    assert "install bubblewrap" in result.stderr
