"""The keyring: keys are kept durably, destroyed without a trace, and wrapped anew safely."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import pytest

from blobs.wrappers import key_file, needs_softhsm, soft_token
from seawall.blobs.key_file import KeyFile
from seawall.blobs.keyring import KeyMissing, Keyring, Shredded
from seawall.blobs.wrapping import WrapperUnusable
from validation.records import NOON


def ring(folder: Path) -> Keyring:
    return Keyring(path=folder / "ring" / "keyring.sqlite3", wrapper=key_file(folder))


def wrapped(keyring: Keyring, key_id: str) -> bytes:
    """The key as it lies in the file."""
    return keyring._row(key_id)[1]


def on_disk(folder: Path) -> bytes:
    """Every byte of every file below `folder`."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.fixture(params=["key file", pytest.param("token", marks=needs_softhsm)])
def keyring(request, tmp_path) -> Keyring:
    if request.param == "key file":
        return ring(tmp_path)
    return Keyring(path=tmp_path / "ring" / "keyring.sqlite3", wrapper=soft_token(tmp_path))


def test_a_key_is_random_and_comes_back(keyring):
    ids = [keyring.new() for _ in range(3)]
    keys = [keyring.get(each) for each in ids]
    assert {len(each) for each in keys} == {32}
    assert len(set(keys)) == 3
    assert [keyring.get(each) for each in ids] == keys
    assert all(keyring.exists(each) for each in ids)
    assert keyring.state().keys == 3


def test_no_key_lies_on_the_disk(tmp_path):
    keyring = ring(tmp_path)
    keys = [keyring.get(keyring.new()) for _ in range(20)]
    kek = bytes.fromhex(keyring.wrapper.path.read_text().split()[-1])
    for key in [*keys, kek]:
        assert key not in on_disk(tmp_path / "ring")


def test_the_file_is_for_its_owner_alone(tmp_path):
    keyring = ring(tmp_path)
    keyring.new()
    assert keyring.path.stat().st_mode & 0o777 == 0o600
    assert keyring.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_others_can_read_is_refused(tmp_path):
    ring(tmp_path).new()
    ring(tmp_path).path.chmod(0o644)
    with pytest.raises(WrapperUnusable, match="can be read by others"):
        ring(tmp_path).new()


def test_a_destroyed_key_says_when_and_the_first_time_counts(keyring):
    key_id, other = keyring.new(), keyring.new()
    keyring.destroy(key_id, at=NOON)
    keyring.destroy(key_id, at=NOON + timedelta(days=1))
    with pytest.raises(Shredded, match="shredded on 2026-11-23") as gone:
        keyring.get(key_id)
    assert gone.value.at == NOON
    assert not keyring.exists(key_id)
    assert keyring.get(other)
    state = keyring.state()
    assert (state.keys, state.destroyed, state.waiting) == (1, 1, 0)


def test_a_key_that_was_never_here_is_missing_not_shredded(keyring):
    keyring.new()
    with pytest.raises(KeyMissing, match="lacks the key"):
        keyring.get("00" * 16)
    assert not keyring.exists("00" * 16)
    keyring.destroy("00" * 16, at=NOON)


def test_another_process_sees_a_shred_at_once(tmp_path):
    """Both hold the file open."""
    one, two = ring(tmp_path), ring(tmp_path)
    key_id = one.new()
    assert two.get(key_id) == one.get(key_id)
    two.destroy(key_id, at=NOON)
    with pytest.raises(Shredded):
        one.get(key_id)


def test_a_file_put_back_in_its_place_is_noticed(tmp_path):
    keyring = ring(tmp_path)
    key_id = keyring.new()
    backup = keyring.path.read_bytes()
    second = keyring.new()
    restored = keyring.path.with_name("restored")
    restored.write_bytes(backup)
    restored.chmod(0o600)
    restored.replace(keyring.path)
    assert keyring.get(key_id)
    with pytest.raises(KeyMissing):
        keyring.get(second)


def test_a_key_file_that_was_replaced_while_it_is_read_is_read_again(tmp_path, monkeypatch):
    """The old file is overwritten with zeros once it has lost its name."""
    file = KeyFile(path=tmp_path / "sealing.key")
    for epoch in (1, 2):
        file.ensure(epoch)
    wrapped = file.wrap(b"k" * 32, epoch=2, context=b"")
    opened = Path.open
    replaced: list[bool] = []

    def open_slowly(path: Path, *args: str) -> IO[Any]:
        found = opened(path, *args)
        if not replaced and path == file.path:
            replaced.append(True)
            file.destroy(1)
        return found

    monkeypatch.setattr(Path, "open", open_slowly)
    assert file.unwrap(wrapped, epoch=2, context=b"") == b"k" * 32
    assert replaced


def test_nothing_of_a_destroyed_key_stays_in_the_file_or_its_journal(tmp_path):
    """Whatever was made, destroyed and wrapped anew before and since, in whatever order."""
    keyring, dice = ring(tmp_path), random.Random(7)
    alive, gone = [keyring.new() for _ in range(5)], []
    for _ in range(120):
        match dice.choice(["new", "new", "destroy", "many", "rewrap"]):
            case "new":
                alive.append(keyring.new())
            case "many":
                alive.extend(keyring.new_many(20))
            case "rewrap" if dice.random() < 0.2:
                gone += [wrapped(keyring, each) for each in alive]
                keyring.rewrap()
            case "destroy":
                some = [alive.pop(dice.randrange(len(alive))) for _ in range(min(3, len(alive)))]
                gone += [wrapped(keyring, each) for each in some]
                keyring.destroy(*some, at=NOON)
    lying = on_disk(tmp_path / "ring")
    assert len(gone) > 100
    assert [each for each in gone if each in lying or each[12:44] in lying] == []
    assert all(keyring.get(each) for each in alive)


def test_the_journal_would_have_held_it(tmp_path, monkeypatch):
    """That the test above can fail: without wiping, the old page lies in the journal."""
    keyring = ring(tmp_path)
    key_id = keyring.new()
    old = wrapped(keyring, key_id)
    monkeypatch.setattr(Keyring, "_wipe_journal", lambda self: None)
    keyring.destroy(key_id, at=NOON)
    assert old in on_disk(tmp_path / "ring")
    monkeypatch.undo()
    keyring.destroy(key_id, at=NOON)
    assert old not in on_disk(tmp_path / "ring")


def test_two_wrapped_keys_cannot_be_exchanged(tmp_path):
    keyring = ring(tmp_path)
    one, two = keyring.new(), keyring.new()
    with sqlite3.connect(keyring.path) as file:
        held = dict(file.execute("SELECT id, wrapped FROM data_key"))
        for here, there in ((one, two), (two, one)):
            file.execute(
                "UPDATE data_key SET wrapped = ? WHERE id = ?",
                (held[bytes.fromhex(there)], bytes.fromhex(here)),
            )
    file.close()
    for each in (one, two):
        with pytest.raises(WrapperUnusable, match="Not wrapped by"):
            keyring.get(each)


def test_the_wrong_key_file_reads_nothing_and_makes_nothing(tmp_path):
    keyring = ring(tmp_path)
    key_id = keyring.new()
    other = KeyFile(path=tmp_path / "other.key")
    wrong = Keyring(path=keyring.path, wrapper=other)
    with pytest.raises(WrapperUnusable, match="Restore the key file"):
        wrong.get(key_id)
    with pytest.raises(WrapperUnusable):
        wrong.new()
    assert not other.path.exists()
    other.ensure(1)
    with pytest.raises(WrapperUnusable, match="Not wrapped by"):
        wrong.get(key_id)
    assert keyring.get(key_id)


class TestRotation:
    def test_all_keys_stay_and_older_copies_of_the_file_become_unreadable(self, keyring):
        ids = keyring.new_many(600)
        keys = [keyring.get(each) for each in ids]
        keyring.destroy(ids[0], at=NOON)
        copy = keyring.path.read_bytes()
        assert keyring.rewrap() == 2
        assert [keyring.get(each) for each in ids[1:]] == keys[1:]
        with pytest.raises(Shredded):
            keyring.get(ids[0])
        state = keyring.state()
        assert (state.epoch, state.keys, state.waiting) == (2, 599, 0)
        older = Keyring(path=keyring.path.with_name("older.sqlite3"), wrapper=keyring.wrapper)
        older.path.write_bytes(copy)
        older.path.chmod(0o600)
        with pytest.raises(WrapperUnusable):
            older.get(ids[5])

    def test_it_can_be_done_again_and_on_an_empty_keyring(self, keyring):
        assert keyring.rewrap() == 1
        key_id = keyring.new()
        key = keyring.get(key_id)
        assert [keyring.rewrap(), keyring.rewrap()] == [2, 3]
        assert keyring.get(key_id) == key

    def test_keys_are_read_and_made_while_it_runs(self, tmp_path):
        keyring = ring(tmp_path)
        ids = keyring.new_many(600)
        keys = {each: keyring.get(each) for each in ids}
        stop, problems, made = threading.Event(), [], []

        def read() -> None:
            mine, dice = ring(tmp_path), random.Random(1)
            while not stop.is_set():
                each = dice.choice(ids)
                if mine.get(each) != keys[each]:
                    problems.append(each)

        def make() -> None:
            mine = ring(tmp_path)
            while not stop.is_set():
                made.append(mine.new())

        threads = [threading.Thread(target=guarded(each, problems)) for each in (read, read, make)]
        for thread in threads:
            thread.start()
        for _ in range(2):
            keyring.rewrap()
        stop.set()
        for thread in threads:
            thread.join()
        assert problems == []
        assert made
        assert all(keyring.get(each) for each in made)

    def test_a_key_that_is_wrapped_anew_while_it_is_read_is_read_all_the_same(self, tmp_path):
        """Between the row and its key-encryption key the rotation ends."""
        keyring = ring(tmp_path)
        key_id = keyring.new()
        key = keyring.get(key_id)

        class Late(KeyFile):
            def unwrap(self, wrapped, *, epoch, context):
                if epoch == 1:
                    ring(tmp_path).rewrap()
                return super().unwrap(wrapped, epoch=epoch, context=context)

        late = replace(keyring, wrapper=Late(path=keyring.wrapper.path), _local=threading.local())
        assert late.get(key_id) == key

    @needs_softhsm
    def test_keys_move_to_a_token_even_when_that_is_interrupted(self, tmp_path, monkeypatch):
        keyring = ring(tmp_path)
        ids = keyring.new_many(1100)
        keys = [keyring.get(each) for each in ids]
        moved = Keyring(path=keyring.path, wrapper=soft_token(tmp_path))
        with pytest.raises(WrapperUnusable):
            moved.get(ids[0])
        left = [1]
        real = Keyring._rewrap_some

        def interrupted(self, epoch, held):
            if not left:
                raise KeyboardInterrupt
            left.pop()
            return real(self, epoch, held)

        monkeypatch.setattr(Keyring, "_rewrap_some", interrupted)
        with pytest.raises(KeyboardInterrupt):
            moved.rewrap(old=keyring.wrapper)
        monkeypatch.undo()
        assert moved.rewrap(old=keyring.wrapper) == 2
        assert [moved.get(each) for each in ids] == keys
        with pytest.raises(WrapperUnusable):
            keyring.get(ids[0])

    def test_a_move_is_refused_while_a_rotation_is_open(self, tmp_path, monkeypatch):
        keyring = ring(tmp_path)
        ids = keyring.new_many(3)
        monkeypatch.setattr(Keyring, "_rewrap_some", lambda self, epoch, held: 0)
        keyring.rewrap()
        monkeypatch.undo()
        late = keyring.new()  # under epoch 2 of the file
        moved = Keyring(path=keyring.path, wrapper=KeyFile(path=tmp_path / "other.key"))
        with pytest.raises(WrapperUnusable):
            moved.rewrap(old=keyring.wrapper)
        assert all(keyring.get(each) for each in [*ids, late])
        assert keyring.rewrap() == 2

    @pytest.mark.parametrize("step", range(1, 17))
    def test_one_that_was_killed_is_finished_by_the_next(self, tmp_path, step):
        """kill -9 at each call that changes something, one after the other."""
        keyring = ring(tmp_path)
        ids = keyring.new_many(1200)
        keys = [keyring.get(each) for each in ids]
        done = subprocess.run(
            [sys.executable, "-c", _KILLED, str(tmp_path), str(step)], capture_output=True
        )
        assert done.returncode == (-signal.SIGKILL if step <= 15 else 0), done.stderr
        assert [keyring.get(each) for each in ids] == keys
        late = keyring.new()
        assert keyring.rewrap() == (2 if step <= 13 else 3)
        assert [keyring.get(each) for each in ids] == keys
        assert keyring.get(late)
        state = keyring.state()
        assert (state.keys, state.waiting) == (1201, 0)
        text = keyring.wrapper.path.read_text()
        assert text.splitlines()[1:] == [text.splitlines()[-1]]  # one epoch is left


_KILLED = """
import os, signal, sys
from pathlib import Path
from seawall.blobs.key_file import KeyFile
from seawall.blobs.keyring import Keyring

left = int(sys.argv[2])

def counted(call):
    def wrapper(*args, **more):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **more)
    return wrapper

folder = Path(sys.argv[1])
keyring = Keyring(path=folder / "ring" / "keyring.sqlite3",
                  wrapper=KeyFile(path=folder / "keys" / "sealing.key"))
Keyring._writing = counted(Keyring._writing)
KeyFile.ensure, KeyFile.destroy = counted(KeyFile.ensure), counted(KeyFile.destroy)
os.fsync = counted(os.fsync)
keyring.rewrap()
"""


class TestConcurrency:
    def test_processes_that_start_at_once_share_one_keyring_and_one_key_file(self, tmp_path):
        code = (
            "import sys; from pathlib import Path; from seawall.blobs.keyring import Keyring;"
            "from seawall.blobs.key_file import KeyFile; f = Path(sys.argv[1]);"
            "r = Keyring(path=f / 'ring' / 'keyring.sqlite3',"
            " wrapper=KeyFile(path=f / 'keys' / 'sealing.key'));"
            "print(*[i + ':' + r.get(i).hex() for i in [r.new() for _ in range(10)]])"
        )
        started = [
            subprocess.Popen(
                [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
            )
            for _ in range(4)
        ]
        said = [process.communicate()[0].split() for process in started]
        pairs = [pair.split(":") for each in said for pair in each]
        assert len(pairs) == 40
        keyring = ring(tmp_path)
        assert all(keyring.get(key_id).hex() == key for key_id, key in pairs)

    def test_threads_share_one_keyring(self, tmp_path):
        keyring, made, problems = ring(tmp_path), [], []

        def work() -> None:
            for _ in range(10):
                key_id = keyring.new()
                made.append((key_id, keyring.get(key_id)))

        threads = [threading.Thread(target=guarded(work, problems)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert problems == []
        assert len({key for _, key in made}) == 80
        assert all(keyring.get(key_id) == key for key_id, key in made)

    def test_a_forked_process_opens_the_file_for_itself(self, tmp_path):
        keyring = ring(tmp_path)
        key_id = keyring.new()
        key = keyring.get(key_id)
        child = os.fork()
        if not child:
            right = False
            try:
                right = keyring.get(key_id) == key and bool(keyring.new())
            finally:
                os._exit(0 if right else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert keyring.state().keys == 2
        keyring.destroy(key_id, at=NOON)
        with pytest.raises(Shredded):
            keyring.get(key_id)


def guarded(work: Callable[[], None], problems: list) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        except Exception as error:
            problems.append(error)

    return run
