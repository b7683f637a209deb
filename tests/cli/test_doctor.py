"""`seawall doctor`: what is there, what is missing, and whether proofs can run at all."""

import json

import pytest
from click.testing import CliRunner

from seawall.cli.doctor import command
from seawall.sandbox import SandboxUnavailable, choose, find_sandbox


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "_FOUND", {})


def test_a_machine_with_a_sandbox_can_run_proofs():
    try:
        found = find_sandbox()
    except SandboxUnavailable as missing:
        pytest.skip(str(missing))
    done = CliRunner().invoke(command, ["--json"])
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    assert answer["proofs_can_run"] is True
    checks = {check["name"]: check for check in answer["checks"]}
    assert checks["sandbox"]["found"] == found.name
    assert all(bool(check["found"]) != bool(check["mend"]) for check in checks.values())


def test_without_a_sandbox_the_answer_is_3_and_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    done = CliRunner().invoke(command, ["--json"])
    assert done.exit_code == 3
    answer = json.loads(done.stdout)
    assert answer["proofs_can_run"] is False
    checks = {check["name"]: check for check in answer["checks"]}
    assert "apt-get install bubblewrap" in checks["sandbox"]["mend"]
    assert checks["node"]["mend"] == "apt-get install nodejs"


def test_the_words_name_each_check_and_its_mend(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("COLUMNS", "300")
    done = CliRunner().invoke(command, [])
    assert done.exit_code == 3
    assert "apt-get install npm" in done.stdout
    assert "No proof can run here." in done.stdout
