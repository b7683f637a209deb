"""`seawall match`: two machines, one clearinghouse between them."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from claims.folk import party, token
from seawall.claims.models import MatchHand, MatchSession
from seawall.cli import match_relay
from seawall.cli.main import root
from seawall.outbound.client import Answer

pytestmark = pytest.mark.django_db

SERVER = "https://clearinghouse.example"
SHARED = {
    "id": "f1",
    "title": "Escape through str.format",
    "target": "pkg:pypi/jinja2@3.1.4",
    "cwes": ["CWE-1336"],
    "identifiers": ["CVE-2024-56326"],
}
OURS = {"id": "f2", "title": "Only ours", "identifiers": ["CVE-2026-11111"]}
THEIRS = {"id": "g1", "title": "Only theirs", "identifiers": ["CVE-2026-22222"]}


class Machine:
    """One party's own machine, with its token and its findings."""

    def __init__(self, folder: Path, name: str, *findings: dict) -> None:
        folder.mkdir()
        self.folder, self.state, self.name = folder, folder / "state", name
        self.party = party(name)
        self.file = folder / "findings.jsonl"
        self.file.write_text("\n".join(json.dumps(each) for each in findings))
        (folder / "token").write_text(token(self.party))

    def run(self, *args: str, stdin: str = "", server: str = SERVER) -> Result:
        reach = [] if args[0] == "show" else [
            "--server", server, "--token-file", str(self.folder / "token"),
        ]  # fmt: skip
        return CliRunner(env={"SEAWALL_MATCH_HOME": str(self.state)}).invoke(
            root, ["match", *args, *reach], input=stdin
        )

    def json(self, *args: str, stdin: str = "", server: str = SERVER) -> dict:
        done = self.run(*args, "--json", stdin=stdin, server=server)
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout[done.stdout.index("{") :])

    def kept(self) -> str:
        return "".join(path.read_text() for path in self.state.glob("*.json"))


@pytest.fixture
def wire(client, home, monkeypatch) -> list[bytes]:
    """Calls reach this process's API; everything that was sent to it."""
    sent: list[bytes] = []

    def sender(server: str):
        def send(method: str, url: str, headers: dict, body: bytes) -> Answer:
            sent.append(f"{method} {url}".encode() + body)
            kind = headers.get("Content-Type", "application/json")
            path = url.removeprefix(server)
            response = client.generic(
                method, path, body, kind, headers={"Authorization": headers["Authorization"]}
            )
            return Answer(status=response.status_code, headers={}, body=response.content)

        return send

    monkeypatch.setattr(match_relay, "_sender", sender)
    return sent


@pytest.fixture
def ann(wire, tmp_path) -> Machine:
    return Machine(tmp_path / "ann", "Ann Lab", SHARED, OURS)


@pytest.fixture
def bob(wire, tmp_path) -> Machine:
    return Machine(tmp_path / "bob", "Bob Scans", THEIRS, SHARED | {"id": "g2", "title": "Bob's"})


def test_each_side_learns_which_of_its_own_findings_matched(ann, bob):
    begun = ann.json("start", str(ann.file), "--with", "Bob Scans")
    assert (begun["with"], begun["at_most"]) == ("Bob Scans", 64)
    waiting = bob.json("join", begun["id"], str(bob.file), stdin=begun["code"] + "\n")
    assert waiting["matched"] is None
    found = ann.json("finish", begun["id"])["matched"]
    assert found == [
        {
            "finding": "f1",
            "title": "Escape through str.format",
            "families": ["identifier"],
            "strength": "certain",
        }
    ]
    assert [each["finding"] for each in bob.json("finish", begun["id"])["matched"]] == ["g2"]
    said = bob.run("show").stdout
    assert "1 finding of yours matched." in said and "by identifier" in said


def test_nothing_of_the_findings_is_sent(ann, bob, wire):
    begun = ann.json("start", str(ann.file), "--with", "Bob Scans")
    bob.json("join", begun["id"], str(bob.file), stdin=begun["code"] + "\n")
    ann.json("finish", begun["id"])
    sent = b"".join(wire)
    for word in ("CVE-2024", "CVE-2026", "jinja", "format", "f1", begun["code"], "1336"):
        if len(word) > 2:
            assert word.encode() not in sent
    assert begun["code"].replace("-", "").encode() not in sent


def test_what_is_kept_is_for_its_owner_alone_and_holds_no_secret_at_the_end(ann, bob):
    begun = ann.json("start", str(ann.file), "--with", "Bob Scans")
    [path] = ann.state.glob("*.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(ann.state.stat().st_mode) == 0o700
    assert '"scalar"' in ann.kept()
    bob.json("join", begun["id"], str(bob.file), stdin=begun["code"] + "\n")
    ann.json("finish", begun["id"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert '"scalar"' not in ann.kept() and "CVE-" not in ann.kept()


def test_no_match_is_said_so(ann, wire, tmp_path):
    carl = Machine(tmp_path / "carl", "Carl", THEIRS)
    begun = ann.json("start", str(ann.file), "--with", "Carl")
    carl.json("join", begun["id"], str(carl.file), stdin=begun["code"] + "\n")
    assert "none of your findings matched" in ann.run("finish", begun["id"]).stdout


def test_a_wrong_code_is_told_to_both_and_matches_nothing(ann, bob):
    begun = ann.json("start", str(ann.file), "--with", "Bob Scans")
    other = ann.json("start", str(ann.file), "--with", "Bob Scans")
    bob.json("join", begun["id"], str(bob.file), stdin=other["code"] + "\n")
    for machine in (ann, bob):
        done = machine.run("finish", begun["id"])
        assert done.exit_code == 2
        assert "different codes" in done.stderr and done.stderr.count("\n") == 1


def test_a_mistyped_code_is_refused_before_anything_is_sent(ann, bob, wire):
    begun = ann.json("start", str(ann.file), "--with", "Bob Scans")
    before = len(wire)
    done = bob.run("join", begun["id"], str(bob.file), stdin="AAAA\n")
    assert done.exit_code == 2 and "no code of a session" in done.stderr
    assert len(wire) == before


def test_an_interrupted_session_goes_on(ann, bob, monkeypatch):
    begun = ann.json("start", str(ann.file), "--with", "Bob Scans")
    real = match_relay.Relay.send

    def breaks(self, id, what, data):
        real(self, id, what, data)
        raise match_relay.BadInput("the line went dead")

    monkeypatch.setattr(match_relay.Relay, "send", breaks)
    assert bob.run("join", begun["id"], str(bob.file), stdin=begun["code"] + "\n").exit_code == 2
    assert ann.run("finish", begun["id"]).exit_code == 2
    assert '"answered": ""' in bob.kept() and '"answered": ""' not in ann.kept()
    monkeypatch.setattr(match_relay.Relay, "send", real)
    for machine in (bob, ann, bob):
        last = machine.json("finish", begun["id"])
    assert [each["finding"] for each in last["matched"]] == ["g2"]


def test_points_that_did_not_arrive_are_sent_again(ann, bob, monkeypatch):
    real = match_relay.Relay.send

    def lost(self, id, what, data):
        raise match_relay.BadInput("the line went dead")

    monkeypatch.setattr(match_relay.Relay, "send", lost)
    assert ann.run("start", str(ann.file), "--with", "Bob Scans").exit_code == 2
    monkeypatch.setattr(match_relay.Relay, "send", real)
    id = MatchSession.objects.get().public_id
    assert ann.json("finish", id)["matched"] is None
    assert MatchHand.objects.get().size == 64


def test_a_relay_that_changes_the_points_after_an_answer_is_found_out(ann, bob, monkeypatch):
    """It would have one's scalar applied to a second list of guesses."""
    begun = ann.json("start", str(ann.file), "--with", "Bob Scans")
    bob.json("join", begun["id"], str(bob.file), stdin=begun["code"] + "\n")
    real = match_relay.Relay.fetch
    seen = []

    def fetch(self, id, what):
        data = real(self, id, what)
        seen.append(what)
        return data[32:] + data[:32] if what == "points" else data

    monkeypatch.setattr(match_relay.Relay, "fetch", fetch)
    done = ann.run("finish", begun["id"])
    assert done.exit_code == 2 and "cannot be opened" in done.stderr
    assert seen == ["points", "answer"]
    ann.run("finish", begun["id"])
    assert seen == ["points", "answer", "answer"]


def test_a_session_larger_than_one_wants_is_not_joined(ann, bob, wire):
    begun = ann.json("start", str(ann.file), "--with", "Bob Scans", "--size", "256")
    given = ("join", begun["id"], str(bob.file), "--size", "64")
    done = bob.run(*given, stdin=begun["code"] + "\n")
    assert done.exit_code == 2
    assert "takes 256 points of each side, more than 64" in done.stderr
    assert not any(b"/points" in each for each in wire[2:])


def test_a_relay_that_opens_a_larger_session_is_not_followed(ann, bob, monkeypatch):
    real = match_relay.Relay.start
    monkeypatch.setattr(
        match_relay.Relay, "start", lambda self, **given: real(self, **given | {"at_most": 4096})
    )
    done = ann.run("start", str(ann.file), "--with", "Bob Scans")
    assert (done.exit_code, "more than 64" in done.stderr) == (2, True)
    assert not MatchHand.objects.exists()


def test_a_session_is_declined(ann, bob):
    begun = ann.json("start", str(ann.file), "--with", "Bob Scans")
    assert bob.json("end", begun["id"], "--because", "Not now") == {"ended": begun["id"]}
    done = ann.run("finish", begun["id"])
    assert (done.exit_code, "the session is ended" in done.stderr) == (2, True)


def test_ones_own_session_is_not_joined(ann):
    begun = ann.json("start", str(ann.file), "--with", party("Carl").name)
    done = ann.run("join", begun["id"], str(ann.file), stdin=begun["code"] + "\n")
    assert "was started by your own party" in done.stderr


def test_a_session_of_others_is_not_found(ann, bob, wire, tmp_path):
    carl = Machine(tmp_path / "carl", "Carl", THEIRS)
    begun = ann.json("start", str(ann.file), "--with", "Bob Scans")
    done = carl.run("join", begun["id"], str(carl.file), stdin=begun["code"] + "\n")
    assert done.stderr.endswith(f"seawall: There is no session {begun['id']}.\n")


def test_findings_without_anything_to_compare_are_refused(ann, tmp_path):
    empty = tmp_path / "empty.jsonl"
    empty.write_text(json.dumps({"id": "x", "title": "Something"}))
    done = ann.run("start", str(empty), "--with", "Bob Scans")
    assert (done.exit_code, "nothing in these findings" in done.stderr) == (2, True)


def test_without_a_token_it_says_what_is_missing(wire, tmp_path, monkeypatch):
    monkeypatch.delenv("SEAWALL_TOKEN", raising=False)
    file = tmp_path / "f.jsonl"
    file.write_text(json.dumps(OURS))
    done = CliRunner().invoke(
        root, ["match", "start", str(file), "--with", "Bob", "--server", SERVER]
    )
    assert (done.exit_code, "no API token" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ("http://clearinghouse.example", "over https only"),
        ("ftp://clearinghouse.example", "not the address of a clearinghouse"),
        ("nonsense", "not the address of a clearinghouse"),
        ("https://clearinghouse.example:x", "not the address of a clearinghouse"),
    ],
)
def test_an_address_that_is_no_clearinghouse_is_refused(tmp_path, server, said):
    with pytest.raises(match_relay.BadInput, match=said):
        match_relay.Relay(server, "t")


@pytest.mark.django_db(transaction=True)
def test_over_a_real_connection(live_server, home, tmp_path):
    ann = Machine(tmp_path / "ann", "Ann Lab", SHARED)
    bob = Machine(tmp_path / "bob", "Bob Scans", SHARED | {"id": "g2"})
    at = {"server": live_server.url}
    begun = ann.json("start", str(ann.file), "--with", "Bob Scans", **at)
    bob.json("join", begun["id"], str(bob.file), stdin=begun["code"] + "\n", **at)
    assert [e["finding"] for e in ann.json("finish", begun["id"], **at)["matched"]] == ["f1"]
    assert [e["finding"] for e in bob.json("finish", begun["id"], **at)["matched"]] == ["g2"]
