"""Choosing a sandbox: a probe decides, and a refusal says what is missing."""

import dataclasses
from pathlib import Path

import pytest

from seawall.sandbox import Outcome, SandboxUnavailable, choose


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "_FOUND", {})


def test_without_any_program_each_candidate_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SandboxUnavailable) as refused:
        choose.find_sandbox()
    assert "apt-get install bubblewrap" in str(refused.value)
    assert "apt-get install runsc" in str(refused.value)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(SandboxUnavailable, match="known are bubblewrap, runsc"):
        choose.find_sandbox("docker")


def test_a_program_that_does_not_isolate_is_not_taken(monkeypatch, tmp_path):
    """A `bwrap` that runs the job bare: its probe must not pass."""
    fake = tmp_path / "bwrap"
    fake.write_text('#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 9 && exit\nexit 1\n')
    fake.chmod(0o755)
    tmp_path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(SandboxUnavailable, match="bubblewrap: "):
        choose.find_sandbox("bubblewrap")


def test_a_probe_that_saw_the_host_refuses(monkeypatch):
    done = Outcome(
        exit_code=0,
        signal=None,
        stopped_by="",
        stdout=b"",
        stderr=b"",
        stdout_dropped=0,
        stderr_dropped=0,
        files={"kept": b"kept\n"},
        skipped=(),
        wall_seconds=0.0,
        cpu_seconds=0.0,
        max_rss_bytes=0,
    )

    class Fixed:
        name = "fixed"

        def __init__(self, outcome: Outcome) -> None:
            self.outcome = outcome

        def run(self, job: object) -> Outcome:
            return self.outcome

    choose.probe(Fixed(done))
    for bad in ({"exit_code": 1}, {"files": {}}):
        with pytest.raises(SandboxUnavailable, match="probe job failed"):
            choose.probe(Fixed(dataclasses.replace(done, **bad)))


def test_the_probe_fails_outside_of_a_sandbox(tmp_path):
    import subprocess

    if not Path("/etc/shadow").exists():
        pytest.skip("no /etc/shadow here")
    done = subprocess.run(
        ["/bin/sh", "-c", choose._PROBE], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode != 0
