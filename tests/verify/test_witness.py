"""A witness cosigns only what continues what it cosigned, whatever it is sent (tlog-witness)."""

import base64
import sqlite3
import threading

import pytest

from seawall_verify import VerificationFailed, VerifierKey, cosignatures
from seawall_verify.witness import Witness
from seawall_verify.witness_memory import Memory, MemoryUnusable
from verify.smalllog import ORIGIN, TestKey, body, checkpoint, consistency, entries, event

LOG, OTHER = TestKey(ORIGIN), TestKey("other.example/log")
KEY = VerifierKey.parse(LOG.vkey)
LEAVES = entries(20)
NOW = 1_800_000_000


@pytest.fixture
def memory(tmp_path):
    made = Memory.create(tmp_path / "witness.sqlite3", name="witness.example/w")
    made.follow(KEY)
    return made


@pytest.fixture
def witness(memory):
    return Witness(memory)


def request(old, leaves, *signers, proof=None, text=None):
    hashes = consistency(old, leaves) if proof is None else proof
    lines = "".join(base64.b64encode(h).decode() + "\n" for h in hashes)
    signed = checkpoint(leaves, *(signers or [LOG])) if text is None else text
    return f"old {old}\n{lines}\n{signed}".encode()


def ask(witness, old, leaves, *signers, now=NOW, **more):
    return witness.add_checkpoint(request(old, leaves, *signers, **more), now=now)


def seen(memory):
    (log,) = memory.logs()
    return log.size, log.root


def test_a_log_is_cosigned_as_it_grows(memory, witness):
    old = 0
    for size in (0, 1, 2, 7, 7, 8, 20):
        answer = ask(witness, old, LEAVES[:size], now=NOW + size)
        assert (answer.status, answer.kind) == (200, "text/plain; charset=utf-8")
        note = checkpoint(LEAVES[:size], LOG) + answer.text
        (found,) = cosignatures(note, [memory.vkey()])
        assert (found.name, found.at) == ("witness.example/w", NOW + size)
        old = size
    (log,) = memory.logs()
    assert (log.size, log.note, log.cosigned_at) == (20, checkpoint(LEAVES, LOG), NOW + 20)


def test_it_begins_wherever_the_log_is(memory, witness):
    assert ask(witness, 0, LEAVES[:9]).status == 200
    assert seen(memory)[0] == 9


def test_its_key_is_in_the_line_as_tlog_cosignature_says(memory, witness):
    text = ask(witness, 0, LEAVES[:9]).text
    dash, name, encoded = text.split(" ")
    assert (dash, name, encoded[-1]) == ("—", "witness.example/w", "\n")
    raw = base64.b64decode(encoded)
    assert (raw[:4], int.from_bytes(raw[4:12], "big"), len(raw)) == (memory.vkey().id, NOW, 76)
    memory.private().public_key().verify(
        raw[12:], f"cosignature/v1\ntime {NOW}\n{body(LEAVES[:9])}".encode()
    )


def refused(memory, witness, before, status, *args, **more):
    """The answer has this status, and what the witness remembers stays."""
    answer = ask(witness, *args, **more)
    assert answer.status == status, answer
    assert "—" not in answer.text
    assert seen(memory) == before
    return answer


def test_an_unknown_log_is_not_found(memory, witness):
    text = checkpoint(LEAVES, OTHER, origin=OTHER.name)
    refused(memory, witness, seen(memory), 404, 0, LEAVES, text=text)


def test_a_checkpoint_that_the_log_did_not_sign_is_forbidden(memory, witness):
    forger = TestKey(ORIGIN, seed="forger")
    for text in (
        checkpoint(LEAVES, forger),
        checkpoint(LEAVES, OTHER),
        checkpoint(LEAVES[:3], LOG).replace("\n3\n", "\n4\n"),
    ):
        refused(memory, witness, seen(memory), 403, 0, LEAVES, text=text)


def test_unknown_signatures_beside_the_log_s_are_ignored(witness):
    assert ask(witness, 0, LEAVES, OTHER, LOG).status == 200


def test_another_old_size_is_a_conflict_that_tells_the_right_one(memory, witness):
    ask(witness, 0, LEAVES[:9])
    for old in (0, 8, 10):
        answer = refused(memory, witness, seen(memory), 409, old, LEAVES)
        assert (answer.text, answer.kind) == ("9\n", "text/x.tlog.size")


def test_a_smaller_log_is_never_cosigned(memory, witness):
    ask(witness, 0, LEAVES[:9])
    for size in range(9):
        refused(memory, witness, seen(memory), 409, size, LEAVES[:size])
        refused(memory, witness, seen(memory), 400, 9, LEAVES[:size], proof=[])


def test_another_root_of_the_same_size_is_a_conflict(memory, witness):
    ask(witness, 0, LEAVES[:9])
    forked = [event(0, "forged"), *LEAVES[1:9]]
    assert refused(memory, witness, seen(memory), 409, 9, forked).text == "9\n"


def test_a_fork_is_unprocessable(memory, witness):
    ask(witness, 0, LEAVES[:9])
    forked = [event(0, "forged"), *LEAVES[1:]]
    for proof in (consistency(9, forked), consistency(9, LEAVES), []):
        refused(memory, witness, seen(memory), 422, 9, forked, proof=proof)


def test_a_proof_must_be_exact(memory, witness):
    ask(witness, 0, LEAVES[:9])
    right = consistency(9, LEAVES)
    for proof in (right[:-1], right[1:], [*right, right[0]], right[::-1], [b"\0" * 32] * 63):
        refused(memory, witness, seen(memory), 422, 9, LEAVES, proof=proof)
    refused(memory, witness, seen(memory), 422, 9, LEAVES[:9], proof=right[:1])


def test_the_first_checkpoint_has_no_proof(memory, witness):
    refused(memory, witness, seen(memory), 422, 0, LEAVES, proof=[b"\0" * 32])


def test_an_empty_log_has_the_empty_root(memory, witness):
    text = f"{ORIGIN}\n0\n{'A' * 43}=\n"
    signed = f"{text}\n{LOG.line(text)}"
    refused(memory, witness, seen(memory), 409, 0, [], text=signed)


SIGNED = checkpoint(LEAVES, LOG)
HASH = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "\n\n",
        SIGNED,
        f"old 0\n{SIGNED}",
        f"old 00\n\n{SIGNED}",
        f"old -1\n\n{SIGNED}",
        f"old\n\n{SIGNED}",
        f"old 21\n\n{SIGNED}",
        f"old {2**64}\n\n{SIGNED}",
        f"old 0\n{HASH[:-1]}\n\n{SIGNED}",
        f"old 0\nAAAA\n\n{SIGNED}",
        f"old 0\n{HASH}\r\n\n{SIGNED}",
        "old 0\n" + f"{HASH}\n" * 64 + f"\n{SIGNED}",
        f"old 0\n\n{SIGNED[:-1]}",
        f"old 0\n\n{ORIGIN}\n\n{LOG.line('x')}",
        f"old 0\n\n\n{SIGNED}",
        f"old 0\n\n{SIGNED}".replace("\n20\n", "\nmany\n"),
        f"old 0\n\n{SIGNED}" + "x" * 70_000,
    ],
)
def test_what_is_no_request_is_a_bad_one(memory, witness, sent):
    before = seen(memory)
    assert witness.add_checkpoint(sent.encode(), now=NOW).status == 400
    assert witness.add_checkpoint(sent.encode() + b"\xff", now=NOW).status == 400
    assert seen(memory) == before


def test_it_remembers_before_it_signs(memory, witness, monkeypatch):
    """When the signature is made, the file on the disk tells the new size to any other process."""
    found = []

    class Spying:
        def sign(self, message):
            with sqlite3.connect(memory.path) as other:
                found.append(other.execute("SELECT size, cosigned_at FROM log").fetchall())
            raise KeyboardInterrupt

    monkeypatch.setattr(witness, "_private", Spying())
    with pytest.raises(KeyboardInterrupt):
        ask(witness, 0, LEAVES[:9])
    assert found == [[(9, NOW)]]
    again = Witness(memory)
    forked = [event(0, "forged"), *LEAVES[1:]]
    assert ask(again, 0, forked).status == 409
    assert ask(again, 9, forked).status == 422
    assert ask(again, 9, LEAVES).status == 200


def test_two_forks_at_once_get_one_cosignature(memory):
    forks = [[*LEAVES[:9], event(9, f"fork {n}"), *LEAVES[10:]] for n in range(8)]
    ask(Witness(memory), 0, LEAVES[:9])
    together, answers = threading.Barrier(8), []

    def submit(leaves):
        witness = Witness(memory)
        sent = request(9, leaves)
        together.wait()
        answers.append(witness.add_checkpoint(sent, now=NOW).status)

    threads = [threading.Thread(target=submit, args=(leaves,)) for leaves in forks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, *[409] * 7]


def test_a_key_lives_and_dies_with_what_it_remembers(tmp_path, memory):
    assert memory.path.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["witness.sqlite3"]
    with pytest.raises(MemoryUnusable, match="is a witness already"):
        Memory.create(memory.path, name="witness.example/w")
    key = memory.vkey()
    memory.path.unlink()
    with pytest.raises(MemoryUnusable, match="no witness was made here"):
        Witness(memory)
    assert Memory.create(memory.path, name="witness.example/w").vkey() != key


def test_the_file_itself_refuses_to_go_back(memory, witness):
    ask(witness, 0, LEAVES[:9])
    with sqlite3.connect(memory.path) as database:
        for statement, says in (
            ("UPDATE log SET size = 8", "does not go back"),
            ("UPDATE log SET root = zeroblob(32)", "does not change its mind"),
            ("DELETE FROM log", "does not forget"),
        ):
            with pytest.raises(sqlite3.IntegrityError, match=says):
                database.execute(statement)


def test_a_log_may_get_another_key(memory, witness):
    new = TestKey(ORIGIN, seed="new key")
    ask(witness, 0, LEAVES[:9])
    refused(memory, witness, seen(memory), 403, 9, LEAVES, new)
    memory.follow(VerifierKey.parse(new.vkey))
    memory.follow(VerifierKey.parse(new.vkey))
    assert ask(witness, 9, LEAVES, new).status == 200
    assert [str(key) for key in memory.logs()[0].keys] == [LOG.vkey, new.vkey]


def test_logs_are_told_apart(memory, witness):
    memory.follow(VerifierKey.parse(OTHER.vkey))
    ask(witness, 0, LEAVES[:9])
    assert ask(witness, 0, LEAVES, text=checkpoint(LEAVES, OTHER, origin=OTHER.name)).status == 200
    assert [(log.origin, log.size) for log in memory.logs()] == [(ORIGIN, 9), (OTHER.name, 20)]


def test_a_log_may_be_named_otherwise_than_its_key(memory, witness):
    memory.follow(VerifierKey.parse(OTHER.vkey), origin="third.example")
    text = checkpoint(LEAVES, OTHER, origin="third.example")
    assert ask(witness, 0, LEAVES, text=text).status == 200


def test_a_witness_follows_no_witness(memory):
    with pytest.raises(VerificationFailed, match="is the key of a witness"):
        memory.follow(memory.vkey())


@pytest.mark.parametrize("name", ["", "a b", "a+b"])
def test_what_cannot_be_a_name(tmp_path, name):
    with pytest.raises(MemoryUnusable, match="is not a name for a witness"):
        Memory.create(tmp_path / "w", name=name)
    assert not (tmp_path / "w").exists()


def test_a_file_that_is_no_memory_is_unusable(tmp_path):
    (tmp_path / "w").write_bytes(b"no database" * 100)
    with pytest.raises(MemoryUnusable, match="cannot be used"):
        Witness(Memory(tmp_path / "w"))
