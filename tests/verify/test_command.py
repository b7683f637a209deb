"""`seawall-verify`: its answers and exit codes."""

import json
import subprocess
import sys

import pytest

from seawall_verify.__main__ import main
from verify.smalllog import ORIGIN, TestKey, checkpoint, entries, event, files, proof_text, write

LOG, W1, W2 = TestKey(ORIGIN), TestKey("witness.example/w1", 4), TestKey("witness.example/w2", 4)
LEAVES = entries(600)
ROOT = checkpoint(LEAVES, LOG).split("\n")[2]


def made(folder, leaves, *signers):
    write(folder, files(leaves) | {"checkpoint": checkpoint(leaves, LOG, *signers).encode()})
    return folder


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code


@pytest.fixture
def log(tmp_path):
    return made(tmp_path / "log", LEAVES, W1)


def test_a_sound_log(log, capsys):
    assert run(log, "--key", LOG.vkey) == 0
    assert capsys.readouterr().out == f"Sound: {ORIGIN}\n  600 entries, root {ROOT}\n"


def test_a_sound_log_in_json(log, capsys):
    assert run(log, "--key", LOG.vkey, "--witness", W1.vkey, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "sound": True,
        "origin": ORIGIN,
        "size": 600,
        "root": ROOT,
        "entries": 600,
        "unseen": 0,
        "since": None,
        "cosigned_by": [W1.name],
    }


def test_a_checkpoint_is_kept_and_must_be_continued(tmp_path, log, capsys):
    kept = tmp_path / "kept"
    made(tmp_path / "before", LEAVES[:300])
    assert run(tmp_path / "before", "--key", LOG.vkey, "--since", kept, "--save", kept) == 2
    assert run(tmp_path / "before", "--key", LOG.vkey, "--save", kept) == 0
    assert run(log, "--key", LOG.vkey, "--since", kept, "--save", kept) == 0
    assert "continues the log of 300 entries" in capsys.readouterr().out
    assert kept.read_text() == (log / "checkpoint").read_text()
    assert run(tmp_path / "before", "--key", LOG.vkey, "--since", kept, "--save", kept) == 1
    assert kept.read_text() == (log / "checkpoint").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["before", "kept", "log"]


def test_a_fork_says_what_proves_it(tmp_path, log, capsys):
    forked = made(tmp_path / "forked", [event(0, "forged"), *LEAVES[1:]])
    assert run(forked, "--key", LOG.vkey, "--since", log / "checkpoint") == 1
    assert "Keep both checkpoints" in capsys.readouterr().err
    assert run(forked, "--key", LOG.vkey, "--since", log / "checkpoint", "--json") == 1
    assert json.loads(capsys.readouterr().out) == {
        "sound": False,
        "kind": "forked",
        "problem": f"The log '{ORIGIN}' was forked: it signed two roots for 600 entries.",
    }


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda log: (log / "tile/0/000").unlink(), "missing"),
        (lambda log: (log / "tile/0/000").write_bytes(b""), "does not verify"),
    ],
)
def test_what_is_not_sound(log, capsys, change, kind):
    change(log)
    assert run(log, "--key", LOG.vkey, "--json") == 1
    assert json.loads(capsys.readouterr().out)["kind"] == kind
    assert run(log, "--key", LOG.vkey) == 1
    said = capsys.readouterr()
    assert said.out == "" and "tile/0/000" in said.err
    assert run(log, "--key", LOG.vkey, "--quiet") == 1
    assert capsys.readouterr() == ("", "")


def test_an_unreachable_log(tmp_path, capsys):
    assert run(tmp_path / "absent", "--key", LOG.vkey, "--json") == 3
    assert json.loads(capsys.readouterr().out)["sound"] is None


def test_witnesses_that_are_named_are_needed(log):
    both = ["--witness", W1.vkey, "--witness", W2.vkey]
    assert run(log, "--key", LOG.vkey, *both) == 1
    assert run(log, "--key", LOG.vkey, *both, "--need", "1") == 0
    assert run(log, "--key", LOG.vkey, *both, "--need", "0") == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["LOG"],
        ["--key", LOG.vkey],
        ["LOG", "--key", "nonsense"],
        ["LOG", "--key", LOG.vkey, "--need", "1"],
        ["LOG", "--key", LOG.vkey, "--witness", W1.vkey, "--need", "-1"],
        ["LOG", "--key", LOG.vkey, "--since", "absent"],
        ["LOG", "--key", LOG.vkey, "--save", "absent/folder"],
        ["LOG", "--key", LOG.vkey, "--proof", "p", "--entry", "e"],
        ["--key", LOG.vkey, "--proof", "p"],
        ["--key", LOG.vkey, "--proof", "absent", "--entry", "absent"],
        ["http://log.example", "--key", LOG.vkey],
        ["LOG", "--key", LOG.vkey, "--other"],
    ],
)
def test_a_wrong_call(log, arguments, capsys):
    assert run(*[log if word == "LOG" else word for word in arguments]) == 2
    assert "usage: seawall-verify" in capsys.readouterr().err


def test_a_huge_file_is_not_read(log, tmp_path, capsys):
    (tmp_path / "huge").write_bytes(bytes(70_000))
    assert run(log, "--key", LOG.vkey, "--since", tmp_path / "huge") == 2
    assert "longer than 65536 bytes" in capsys.readouterr().err


def test_a_proof(tmp_path, capsys):
    (tmp_path / "p").write_text(proof_text(7, LEAVES, LOG, W1))
    (tmp_path / "e").write_bytes(LEAVES[7])
    call = ["--key", LOG.vkey, "--proof", tmp_path / "p", "--entry", tmp_path / "e"]
    assert run(*call) == 0
    assert capsys.readouterr().out == f"In the log: entry 7 of the 600 of {ORIGIN}\n"
    assert run(*call, "--witness", W1.vkey, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "sound": True,
        "origin": ORIGIN,
        "index": 7,
        "size": 600,
        "cosigned_by": [W1.name],
    }
    assert run(*call, "--origin", "other.example") == 1
    (tmp_path / "e").write_bytes(LEAVES[8])
    assert run(*call) == 1


def test_a_name_cannot_drive_the_terminal(tmp_path, capsys):
    key = TestKey("log.example/\x9b31m")
    folder = tmp_path / "log"
    leaves = LEAVES[:2]
    text = checkpoint(leaves, key, origin=key.name).encode()
    write(folder, files(leaves) | {"checkpoint": text})
    assert run(folder, "--key", key.vkey) == 0
    assert "\x9b" not in capsys.readouterr().out


def test_the_verifier_runs_alone(log):
    """Nothing but the standard library and `cryptography` is loaded, and nothing of Seawall."""
    program = (
        "import sys; from seawall_verify.__main__ import main\n"
        "try: main(sys.argv[1:])\n"
        "finally:\n"
        "    tops = {name.partition('.')[0] for name in sys.modules}\n"
        "    print(sorted(tops - set(sys.stdlib_module_names) - {'__main__'}))"
    )
    call = [sys.executable, "-c", program, str(log), "--key", LOG.vkey, "--quiet"]
    done = subprocess.run(call, capture_output=True, text=True)
    assert done.returncode == 0
    foreign = {name for name in eval(done.stdout) if not name.startswith("_")}
    assert foreign <= {"seawall_verify", "cryptography"}
