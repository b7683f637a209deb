"""`seawall case` in the room: people, messages, files, rules, clocks, handovers."""

import json

import pytest
from click.testing import CliRunner
from django.utils import timezone

from cases.roomwork import READY, house, party, proven, somebody
from seawall.cases import handovers
from seawall.cases.models import Case
from seawall.cli.main import root
from seawall.vocab.actors import LOCAL

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(home) -> Case:
    house()
    party("Pallets")
    return proven(reporter="Ann Lab", at=timezone.now(), **READY)


@pytest.fixture
def run(case):
    def run(command: str, *args: str, code: int = 0) -> str:
        words = args if command == "capacity" else (case.public_id, *args)
        result = CliRunner().invoke(root, ["case", command, *words])
        assert result.exit_code == code, result.output + result.stderr
        return result.stdout if code == 0 else result.stderr

    return run


def data(run, command: str, *args: str):
    return json.loads(run(command, *args, "--json"))


def test_a_party_is_brought_in_consents_and_leaves(run):
    run("people", "--add", "Pallets", "--as", "vendor")
    shown = {each["name"]: each for each in data(run, "people")["participants"]}
    assert (shown["Pallets"]["part"], shown["Pallets"]["tier"]) == ("vendor", "T3")
    assert "Pallets" in run("people")
    assert "no embargo" in run("people", "--consent", "Pallets", code=2)
    gone = data(run, "people", "--part-with", "Pallets")["participants"]
    assert "Pallets" not in [each["name"] for each in gone]
    assert "--as" in run("people", "--add", "Pallets", code=2)
    assert "no party Nobody" in run("people", "--add", "Nobody", "--as", "vendor", code=2)


def test_messages_and_files(run, tmp_path):
    assert run("message") == "No messages.\n"
    assert "for T1 and above" in run("message", "Good\x1b[31m words", "--tier", "T1")
    assert data(run, "message")["messages"][0]["text"] == "Good[31m words"
    assert "  Good" in run("message")
    file = tmp_path / "notes.txt"
    file.write_text("x")
    assert data(run, "attach", str(file))["media_type"] == "text/plain"
    file.write_text("")
    assert "empty" in run("attach", str(file), code=2)
    assert "A file was attached." in run("timeline")
    assert data(run, "timeline")["timeline"][0]["what"] == "case.opened"


def test_credits_and_ids_of_others(run):
    assert "finder: Ann Lab  (named)" in run("credit")
    wished = data(run, "credit", "Ann Lab", "--wish", "none")["credits"]
    assert wished[0]["wish"] == "none"
    assert "--wish" in run("credit", "Bo", code=2)
    assert "VINCE  VU#1" in run("handling-id", "VINCE", "VU#1")
    assert "https" in run("handling-id", "VINCE", "VU#2", "--url", "ftp://x", code=2)
    assert len(data(run, "handling-id")["handling_ids"]) == 1


def test_who_reads_how_much(run):
    somebody("Vera", party("Pallets"))
    assert run("read-in") == "Nobody is read in.\n"
    assert "--person or --party" in run("read-in", "--person", "a@b", "--party", "P", code=2)
    found = data(
        run, "read-in", "--person", "vera@example.org", "--reason", "To help.", "--tier", "T1"
    )
    assert found["read_ins"][0]["whom"] == "Vera"
    assert "says why" in run("read-in", "--party", "Pallets", code=2)
    assert run("read-in", "--person", "vera@example.org", "--revoke") == "Nobody is read in.\n"
    assert "Pallets: A rival." in run("bar", "--party", "Pallets", "--reason", "A rival.")
    assert run("bar", "--party", "Pallets", "--lift") == "Nobody is kept out.\n"
    assert "in force TLP:GREEN" in run("tlp", "green")
    assert data(run, "tlp")["in_force"] == "TLP:GREEN"
    assert "what was published" in run("tlp", "CLEAR", code=2)
    assert "say RED" in run("tlp", "purple", code=2)


def test_clocks(run, case):
    assert "not running" in run("clocks")
    CliRunner().invoke(root, ["case", "observe", case.public_id, "V"])
    shown = data(run, "clocks", "--policy", "cert-cc")["clocks"]
    assert [(each["policy"], each["decides"]) for each in shown] == [
        ("cert-cc", True),
        ("seawall-default", False),
    ]
    assert "(decides)" in run("clocks", "--promise", "2027-01-01")
    assert len(data(run, "clocks", "--drop", "cert-cc")["clocks"]) == 1
    assert "there is no policy" in run("clocks", "--policy", "mine", code=2)
    assert data(run, "clocks", "--sign", "leak")["clocks"]


def test_a_case_goes_to_a_vendor_at_its_pace(run, case):
    assert "reproducer: there" in run("handover")
    queued = data(run, "handover", "--to", "Pallets")["handovers"]
    assert queued[0]["state"] == "waiting"
    assert data(run, "handover", "--withdraw")["handovers"][0]["state"] == "withdrawn"
    run("handover", "--to", "Pallets")
    handovers.hand_over_due(party("Pallets"), by=LOCAL, now=timezone.now())
    assert "handed over" in run("handover")
    shown = data(run, "capacity", "Pallets", "--per-week", "2", "--pause-days", "3")
    assert (shown["per_week"], shown["open_now"], shown["this_week"]) == (2, 1, 1)
    assert "Paused until" in run("capacity", "Pallets")
    assert "Paused" not in run("capacity", "Pallets", "--resume")
    assert "no party" in run("capacity", "Nobody", code=2)


def test_a_case_that_is_not_there_is_said_in_one_line(home):
    for command in ("people", "message", "timeline", "credit", "tlp", "clocks", "handover", "bar"):
        result = CliRunner().invoke(root, ["case", command, "C-2026-999999"])
        assert (result.exit_code, result.stderr) == (
            2,
            "seawall: There is no case C-2026-999999.\n",
        )
