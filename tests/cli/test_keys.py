"""`seawall keys`, and what commands say of contents that are sealed away."""

import json

import pytest
from click.testing import CliRunner, Result

from cases.casework import finding, prove
from seawall.cases.actions import open_case
from seawall.cases.fixes import add_fix, record_verification
from seawall.cases.shredding import shred
from seawall.cli.main import root
from seawall.ledger.models import Event
from seawall.parties import sealing
from seawall.vocab.actors import LOCAL
from seawall.vocab.fixes import FixOutcome, FixVerification
from validation.records import NOON

pytestmark = pytest.mark.django_db(transaction=True)


def run(*args: str) -> Result:
    return CliRunner().invoke(root, list(args))


def test_status_says_what_there_is(home):
    finding()
    key_id = sealing.new_key()
    sealing.keyring().destroy(key_id, at=NOON)
    assert json.loads(run("keys", "status", "--json").stdout) == {
        "keyring": str(home / "keyring" / "keyring.sqlite3"),
        "wrapper": "key file",
        "epoch": 1,
        "keys": 1,
        "destroyed": 1,
        "waiting": 0,
    }
    said = run("keys", "status").stdout
    assert "  1 key, 1 destroyed\n  wrapped by epoch 1 of the key file\n" in said


def test_status_on_a_new_installation(home):
    result = run("keys", "status", "--json")
    assert (result.exit_code, json.loads(result.stdout)["keys"]) == (0, 0)


def test_status_names_a_rotation_that_stopped(home, monkeypatch):
    finding()
    monkeypatch.setattr(type(sealing.keyring()), "_rewrap_some", lambda self, epoch, held: 0)
    run("keys", "rotate")
    monkeypatch.undo()
    assert (
        "1 key of an older epoch: run `seawall keys rotate` again" in run("keys", "status").stdout
    )
    assert json.loads(run("keys", "rotate", "--json").stdout)["epoch"] == 2
    assert json.loads(run("keys", "status", "--json").stdout)["waiting"] == 0


def test_rotating_keeps_everything_readable_and_is_recorded(home):
    row = finding(description="How it works")
    result = run("keys", "rotate")
    assert result.exit_code == 0
    assert "epoch 2" in result.stdout
    assert row.content["description"] == "How it works"
    event = json.loads(Event.objects.get(what="keys.rotated").entry)
    assert event["facts"] == {"epoch": 2, "keys": 1}


def test_keys_move_to_another_file(home, settings, tmp_path):
    row = finding(description="How it works")
    settings.SEAWALL_KEY_FILE = str(tmp_path / "elsewhere.key")
    assert run("keys", "status").exit_code == 3
    old = home / "keys" / "sealing.key"
    result = run("keys", "rotate", "--from-file", str(old))
    assert (result.exit_code, row.content["description"]) == (0, "How it works")
    assert len(old.read_text().splitlines()) == 1  # its key is gone


@pytest.mark.parametrize("command", [("keys", "status"), ("keys", "rotate")])
def test_a_key_file_that_is_gone_or_open_is_one_line_and_3(home, command):
    finding()
    path = home / "keys" / "sealing.key"
    path.chmod(0o644)
    result = run(*command)
    assert result.exit_code == 3
    assert "can be read by others" in result.stderr
    path.unlink()
    result = run(*command)
    assert (result.exit_code, len(result.stderr.splitlines())) == (3, 1)
    assert "Restore the key file" in result.stderr
    assert not path.exists()  # a new one would make the next keys unreadable with the old one


def test_what_was_shredded_is_said_in_one_line(home):
    row = finding()
    prove(row)
    case = open_case(row, by=LOCAL, now=NOON)
    fix = add_fix(case, version="2", by=LOCAL, now=NOON)
    silent = FixVerification(
        outcome=FixOutcome.VERIFIED,
        reasons=("It is silent.",),
        checks=(),
        silenced=(),
        started_at=NOON,
        finished_at=NOON,
    )
    record_verification(fix, silent, by=LOCAL, now=NOON)
    shred(case, by=LOCAL, now=NOON)
    result = run("findings", "show", row.public_id)
    assert result.exit_code == 1
    assert result.stderr == (
        "seawall: This was shredded on 2026-11-23 and cannot be read by anybody.\n"
    )
    listed = run("findings", "list")
    assert (listed.exit_code, "shredded" in listed.stdout) == (0, True)
    listed = run("case", "list")
    assert (listed.exit_code, "shredded" in listed.stdout) == (0, True)
    shown = run("case", "show", case.public_id)
    assert (shown.exit_code, "shredded on 2026-11-23" in shown.stdout) == (0, True)
