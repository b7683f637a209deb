"""A process that is killed at any moment of a sync leaves the old state or the new one."""

import os
import shutil
import signal
import sqlite3
from contextlib import closing

import pytest

from client.attacks.operators import Operator, Outcome
from feed.house import make_house
from seawall.client.feeds import feed_state
from seawall.client.index import refresh_index
from seawall.client.store import Store


class Doom:
    """Counts steps of the database's machine and calls that alter the disk; kills at the N-th."""

    STEPS = 400

    def __init__(self, dies_at):
        self.left = dies_at
        self.count = 0

    def step(self, *_):
        self.count += 1
        if self.count == self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0

    def watch(self):
        connect = sqlite3.connect

        def watched(*args, **kwargs):
            db = connect(*args, **kwargs)
            db.set_progress_handler(self.step, self.STEPS)
            db.set_trace_callback(self.step)
            return db

        sqlite3.connect = watched
        for name in ("replace", "fsync", "open", "unlink"):
            setattr(os, name, self._watched(getattr(os, name)))

    def _watched(self, call):
        def watched(*args, **kwargs):
            self.step()
            return call(*args, **kwargs)

        return watched


def sync_and_die(operator, house, dies_at):
    """Whether the sync came to its end before it was killed."""
    child = os.fork()
    if child == 0:
        code = 7
        try:
            Doom(dies_at).watch()
            code = operator.sync(house.folder, now=house.now).code
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def steps_of_a_sync(operator, house):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        doom = Doom(0)
        doom.watch()
        operator.sync(house.folder, now=house.now)
        os.write(write, str(doom.count).encode())
        os._exit(0)
    os.waitpid(child, 0)
    return int(os.read(read, 20))


def seen(operator):
    """What is installed, as `seawall check` would ask it; the database must be sound."""
    with closing(sqlite3.connect(operator.home / "store.sqlite")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with Store.open(operator.home) as store:
        layers = refresh_index(operator.home, store)
        state = feed_state(store, "default")
        assert sum(layer.index.advisories for layer in layers) >= store.count()
        return tuple(sorted(operator.releases().items())), state and state.releases


def sweep(tmp_path, every):
    house = make_house(tmp_path / "house", releases=2)
    before = Operator.trusting(tmp_path / "before", house.root)
    assert before.sync(house.folder, now=house.now) == Outcome(code=0)
    house.publish()
    house.revise(1)
    old = seen(before)
    after = before.copy(tmp_path / "after")
    total = steps_of_a_sync(after, house)
    new = seen(after)
    assert total > 100
    assert old != new
    found = set()
    for dies_at in (*range(1, total + 1, every), total - 1):
        victim = before.copy(tmp_path / "victim")
        assert not sync_and_die(victim, house, dies_at)
        state = seen(victim)
        assert state in (old, new), dies_at
        found.add(state)
        assert victim.sync(house.folder, now=house.now) == Outcome(code=0)
        assert seen(victim) == new
        shutil.rmtree(victim.home)
    return found == {old, new}


def test_killed_here_and_there_the_state_is_old_or_new(tmp_path):
    assert sweep(tmp_path, every=23)


@pytest.mark.slow
def test_killed_at_any_moment_the_state_is_old_or_new(tmp_path):
    assert sweep(tmp_path, every=1)
