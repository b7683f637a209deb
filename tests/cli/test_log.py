"""`seawall log`: the own log and logs of others, verified, proven, exported."""

import json
import secrets
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from click.testing import CliRunner, Result
from django.db import connection, transaction

from seawall.cli.main import root
from seawall.ledger.actions import Said, record_all
from seawall.ledger.models import Checkpoint, Event, Subtree
from seawall.ledger.seal import seal, unseal
from seawall.vocab.actors import LOCAL
from seawall_verify.__main__ import main as seawall_verify
from validation.records import NOON
from verify.smalllog import ORIGIN, TestKey, checkpoint, entries, event, files, write

pytestmark = pytest.mark.django_db
COMMITTED = pytest.mark.django_db(transaction=True)

LOG = TestKey(ORIGIN)
LEAVES = entries(300)


def run(*arguments) -> Result:
    return CliRunner().invoke(root, ["log", *map(str, arguments)])


def said(*arguments, code=0):
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def happened(count: int) -> None:
    with transaction.atomic():
        record_all(
            by=LOCAL,
            events=[Said(what="party.added", on=f"party:P-{n}") for n in range(count)],
            at=NOON,
        )


def published(advisory: str) -> None:
    with transaction.atomic():
        record_all(
            by=LOCAL,
            events=[Said(what="advisory.published", on=f"advisory:{advisory}")],
            at=NOON,
        )


@pytest.fixture
def other(tmp_path):
    """A log of somebody else in a folder."""
    folder = tmp_path / "other"
    write(folder, files(LEAVES) | {"checkpoint": checkpoint(LEAVES, LOG).encode()})
    return folder


def test_the_own_log_verifies_from_its_database(home):
    happened(300)
    found = said("verify")
    assert (found["sound"], found["size"], found["entries"], found["unseen"]) == (True, 300, 300, 0)
    assert run("verify").stdout.startswith(f"Sound: {found['origin']}\n  300 entries, root ")
    assert run("verify", "--quiet").output == ""


@contextmanager
def unsealed() -> Iterator[None]:
    """The ledger's tables as an intruder with the database's password has them."""
    with connection.schema_editor() as editor:
        unseal(editor)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            seal(editor)


@COMMITTED
def test_the_own_log_is_found_tampered_with(home):
    happened(3)
    assert said("checkpoint")["size"] == 3
    with unsealed():
        Event.objects.filter(index=1).update(entry="{}")
    found = said("verify", code=1)
    assert found["kind"] == "does not verify"
    assert found["problem"].startswith("Entry 1 does not have the hash that tile/0/000.p/3")
    assert "seawall: Entry 1 does not have the hash" in run("verify").stderr


@COMMITTED
@pytest.mark.parametrize(
    ("gone", "path"),
    [
        (Event.objects.filter(index=7), "tile/entries/000"),
        (Subtree.objects.filter(level=8), "tile/1/000.p/1"),
    ],
)
def test_the_own_log_is_found_incomplete(home, gone, path):
    happened(300)
    said("checkpoint")
    with unsealed():
        assert gone.all().delete()[0] == 1
    assert said("verify", code=1) == {
        "sound": False,
        "kind": "missing",
        "problem": f"{path} is missing from the log.",
    }


def test_old_entries_are_part_of_the_own_log(home, monkeypatch):
    """Rows from before there were salts lie open in the database; they are not given out."""
    with monkeypatch.context() as patch:
        patch.setattr(secrets, "token_bytes", lambda count: b"")
        happened(1)
    assert bytes(Event.objects.get().salt) == b""
    happened(299)
    assert said("verify")["entries"] == 300
    said("export", home / "log")
    assert said("verify", home / "log", code=1)["problem"].startswith("tile/entries/000 is missing")
    found = said("verify", home / "log", "--first", "1")
    assert (found["entries"], found["unseen"]) == (44, 256)


def test_the_own_log_continues_an_earlier_checkpoint(home, tmp_path):
    happened(3)
    (tmp_path / "seen").write_text(run("checkpoint").stdout)
    happened(5)
    assert said("checkpoint")["size"] == 3
    assert said("checkpoint", "--sign")["size"] == 8
    assert said("verify", "--since", tmp_path / "seen", "--save", tmp_path / "seen")["since"] == 3
    assert (tmp_path / "seen").read_text() == run("checkpoint").stdout == said("checkpoint")["text"]


def test_an_empty_log_signs_nothing(home):
    for call in (["verify"], ["checkpoint"], ["export", "absent"]):
        result = run(*call)
        assert (result.exit_code, result.stderr) == (
            2, "seawall: The log is empty; there is nothing to sign.\n",
        )  # fmt: skip
    assert not Checkpoint.objects.exists()


def test_an_unusable_key_is_told(home):
    happened(3)
    said("checkpoint")
    (home / "keys" / "log.pem").unlink()
    happened(1)
    for call in (["key"], ["verify"], ["checkpoint", "--sign"]):
        result = run(*call)
        assert result.exit_code == 3
        assert "The key log cannot be read" in result.stderr


def test_a_log_of_somebody_else_verifies_with_its_key(other):
    assert said("verify", other, "--key", LOG.vkey)["size"] == 300
    (other / "tile/0/000").write_bytes(b"")
    assert said("verify", other, "--key", LOG.vkey, code=1)["kind"] == "does not verify"
    assert run("verify", other, "--key", LOG.vkey, "--quiet").output == ""


def test_a_log_of_somebody_else_is_not_the_own_one(home, other):
    happened(1)
    assert "not signed by the expected key" in said("verify", other, code=1)["problem"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--key", "nonsense"], 2, "This is not a verifier key"),
        (["--key", LOG.vkey, "--need", "1"], 2, "--need 1 of 0 witnesses cannot be"),
        (["--key", LOG.vkey, "--since", "absent"], 2, "absent cannot be read"),
        (["--key", LOG.vkey, "--witness", LOG.vkey], 1, "0 of 1 known witnesses"),
    ],
)
def test_a_wrong_call_is_told(other, arguments, code, says):
    result = run("verify", other, *arguments)
    assert result.exit_code == code
    assert says in result.stderr


def test_a_log_that_cannot_be_read_is_told(tmp_path):
    result = run("verify", tmp_path / "absent", "--key", LOG.vkey)
    assert (result.exit_code, result.stderr) == (
        3, f"seawall: {tmp_path / 'absent'} is not a folder.\n",
    )  # fmt: skip
    assert run("verify", "http://log.example", "--key", LOG.vkey).exit_code == 2


def test_a_fork_says_what_proves_it(other, tmp_path):
    forked = [event(0, "forged"), *LEAVES[1:]]
    (tmp_path / "seen").write_text(checkpoint(forked, LOG))
    result = run("verify", other, "--key", LOG.vkey, "--since", tmp_path / "seen")
    assert result.exit_code == 1
    assert "was forked" in result.stderr and "Keep both checkpoints" in result.stderr


def checked(command: str) -> int:
    """The exit code of the command that `prove` names."""
    words = shlex.split(command)
    assert words[0] == "seawall-verify"
    with pytest.raises(SystemExit) as ended:
        seawall_verify(words[1:])
    return ended.value.code


@pytest.mark.parametrize("what", ["1", "3", "SEAWALL-2026-0001", "seawall-2026-0001"])
def test_a_proof_checks_as_it_says(home, tmp_path, monkeypatch, what):
    monkeypatch.chdir(tmp_path)
    happened(3)
    published("SEAWALL-2026-0001")
    found = said("prove", what)
    assert found["index"] == (1 if what == "1" else 3)
    assert found["size"] == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["home", f"{what}.entry", f"{what}.tlog-proof"]
    )
    assert checked(found["check"]) == 0
    (tmp_path / f"{what}.entry").write_bytes(b"another")
    assert checked(found["check"]) == 1


def test_a_proof_is_of_the_newest_publication(home, tmp_path):
    for _ in range(2):
        published("SEAWALL-2026-0001")
        happened(1)
    out = tmp_path / "p.tlog-proof"
    result = run("prove", "SEAWALL-2026-0001", "--out", out)
    assert result.stdout.startswith(
        "Entry 2 of 4: advisory.published on advisory:SEAWALL-2026-0001"
    )
    assert (tmp_path / "p.entry").read_text().startswith('{"at":')


def test_an_entry_that_nobody_may_read_is_proven_by_its_commitment(home, tmp_path):
    happened(2)
    said("prove", "1", "--out", tmp_path / "p.tlog-proof")
    first, index, digest, rest = (tmp_path / "p.entry").read_text().split("\n")
    assert (first, index, len(digest), rest) == ("seawall-event v1", "1", 44, "")


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("3", "The log has no entry 3; it has 3."),
        ("9" * 30, "The log has no entry"),
        ("SEAWALL-2026-0009", "No publication of SEAWALL-2026-0009 is in the log."),
    ],
)
def test_what_is_not_in_the_log_is_not_proven(home, tmp_path, what, says):
    happened(3)
    result = run("prove", what, "--out", tmp_path / "p")
    assert result.exit_code == 2 and says in result.stderr
    assert not (tmp_path / "p").exists()


def test_a_proof_that_cannot_be_written_is_told(home, tmp_path):
    happened(1)
    result = run("prove", "0", "--out", tmp_path / "absent" / "p")
    assert result.exit_code == 2 and "No such file" in result.stderr


def test_an_exported_log_verifies_and_grows(home, tmp_path):
    happened(300)
    key = said("key")
    assert said("export", tmp_path / "log") == {"folder": str(tmp_path / "log"), "size": 300}
    assert said("verify", tmp_path / "log", "--key", key["key"])["entries"] == 300
    happened(300)
    said("checkpoint", "--sign")
    assert run("export", tmp_path / "log").stdout.endswith("holds the log of 600 entries.\n")
    assert said("verify", tmp_path / "log")["entries"] == 600
    assert run("key").stdout == f"{key['key']}\n"
    assert key["key"].startswith(key["origin"])


def test_a_folder_that_cannot_be_written_is_told(home, tmp_path):
    happened(1)
    (tmp_path / "file").write_text("")
    result = run("export", tmp_path / "file" / "log")
    assert result.exit_code == 3 and "Not a directory" in result.stderr
