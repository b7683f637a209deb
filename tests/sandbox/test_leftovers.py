"""What a killed Seawall left behind is cleared, what a living one uses is not."""

import os
import subprocess
import sys

import pytest

from seawall.sandbox import staging
from seawall.sandbox.cgroups import find_groups
from seawall.sandbox.leftovers import is_leftover, owned_name
from seawall.sandbox.protocol import Limits


def name_of_a_dead_process() -> str:
    program = "from seawall.sandbox.leftovers import owned_name; print(owned_name())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_only_names_of_dead_processes_of_our_namespace_are_leftovers():
    own, dead = owned_name(), name_of_a_dead_process()
    assert not is_leftover(own)
    assert is_leftover(dead)
    assert not is_leftover(dead.replace(f"-{os.stat('/proc/self/ns/pid').st_ino}-", "-1-"))
    reused = own.split("-")
    reused[3] = str(int(reused[3]) - 1)
    assert is_leftover("-".join(reused))  # the number is in use again, by a later process
    for other in ("seawall-stage-x", "seawall-", "user.slice", "seawall-1-2-3-zz"):
        assert not is_leftover(other)


def test_empty_stages_of_dead_processes_are_deleted(monkeypatch, tmp_path):
    monkeypatch.setattr(staging, "_STAGES", tmp_path)
    own, dead = owned_name(), name_of_a_dead_process()
    (tmp_path / own).mkdir()
    (tmp_path / dead).mkdir()
    staging.clear_leftovers()
    assert [p.name for p in tmp_path.iterdir()] == [own]


def test_a_survivor_in_the_group_of_a_killed_process_is_killed(monkeypatch):
    maker = find_groups()
    if maker is None:
        pytest.skip("no control groups can be made here")
    living = maker.create(Limits())
    with monkeypatch.context() as patched:
        patched.setattr("seawall.sandbox.cgroups.owned_name", name_of_a_dead_process)
        abandoned = maker.create(Limits())
    survivor, working = (subprocess.Popen(["sleep", "600"]) for _ in range(2))
    try:
        abandoned.add(survivor.pid)
        living.add(working.pid)
        maker.clear_leftovers()
        assert survivor.wait(timeout=60) == -9
        assert working.poll() is None
    finally:
        abandoned.remove()
        living.remove()
    assert working.wait(timeout=60) == -9
