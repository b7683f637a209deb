"""`seawall feed` as it is typed: what it prints, how it ends, what it refuses."""

import json
from hashlib import sha256

import pytest
from click.testing import CliRunner, Result

from distribution.founded import published, set_up
from seawall.cli.main import root
from seawall.distribution import feeds
from seawall.feed.tuf.offline import new_key
from seawall.ledger.models import Event
from seawall.signing.keys import FileKeys

SECRET = "five random words are good"

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(home, settings, tmp_path, monkeypatch):
    set_up(settings, tmp_path)
    monkeypatch.chdir(tmp_path)

    def run(line: str, typed: str = "") -> Result:
        return CliRunner().invoke(root, ["feed", *line.split()], input=typed)

    return run


@pytest.fixture
def founded(run):
    assert run("ceremony quick").exit_code == 0
    return run


def document(result: Result):
    assert result.exit_code in (0, 1), result.output
    return json.loads(result.stdout)


def test_before_the_ceremony_it_says_how_a_feed_begins(run):
    for line in ("status", "bins", "root show", "export out", "rotate renew --out papers"):
        result = run(line)
        assert result.exit_code == 3, line
        assert "`seawall feed ceremony --help`" in result.stderr
    assert "`seawall feed ceremony --help`" in run("refresh").stderr
    assert run("publish").exit_code == 3


def test_without_a_publishers_name_there_is_no_ceremony(run, settings):
    settings.SEAWALL_PUBLISHER_NAME = ""
    result = run("ceremony describe --out x.json")
    assert result.exit_code == 2
    assert "SEAWALL_PUBLISHER_NAME" in result.stderr


def test_the_quick_ceremony_warns_and_is_once(run, home):
    result = run("ceremony quick")
    assert result.stderr.startswith("WARNING: the offline keys of this feed lie on this machine")
    assert (home / "keys" / "offline" / "passphrase.txt").stat().st_mode & 0o777 == 0o600
    again = run("ceremony quick")
    assert (again.exit_code, "there is a feed already" in again.stderr) == (2, True)


def test_production_has_offline_holders(run, settings):
    settings.SEAWALL_PRODUCTION = True
    result = run("ceremony quick")
    assert (result.exit_code, "offline holders" in result.stderr) == (2, True)
    assert feeds.public().repository.state().root is None


def test_a_ceremony_is_told_in_the_public_log(founded):
    event = Event.objects.get(what="feed.trust_changed")
    assert bytes(event.salt) == b""
    assert json.loads(event.entry)["facts"] == {"why": "A new feed", "root": 1, "targets": 1}


def test_status_in_words_and_json(founded):
    words = founded("status")
    assert words.exit_code == 0
    assert "test-cert: 0 targets in 32 bins test-cert-5" in words.stdout
    told = document(founded("status --json"))
    assert [role["name"] for role in told["roles"]] == [
        "root", "targets", "snapshot", "timestamp", "test-cert", "test-cert-packs",
    ]  # fmt: skip
    assert told["due"] == []


def test_status_ends_with_1_when_somebody_is_needed(founded):
    late = founded("--at 2100-01-01 status --json")
    assert late.exit_code == 1
    due = {one["role"]: one["by"] for one in document(late)["due"]}
    assert due["root"] == due["targets"] == "2 holders of its keys"
    assert due["timestamp"] == due["bins test-cert-5"] == "this installation"


def test_refresh_signs_what_is_due(founded):
    assert founded("refresh").stdout == "Nothing is due.\n"
    state = feeds.public().repository.state()
    half = state.role("timestamp").expires_at.isoformat()
    assert founded(f"--at {half} refresh").stdout == "1 role signed anew.\n"
    assert document(founded(f"--at {half} refresh --json")) == {"roles": []}


def test_a_release_is_published_and_exported(founded, tmp_path):
    release = published()
    result = founded("--at 2026-11-25 publish")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{release.revision.advisory.public_id} revision 1 is public\n"
    assert document(founded("--at 2026-11-25 publish --json"))["published"] == []
    told = document(founded("export out --json"))
    assert told["written"] > 40
    assert (tmp_path / "out" / "tuf" / "metadata" / "timestamp.json").is_file()
    assert document(founded("bins --json"))["bins"][0]["targets"] == 1


def test_papers_are_signed_by_their_holders_alone(founded, home, tmp_path):
    keys = home / "keys" / "offline"
    secret = (keys / "passphrase.txt").read_text().strip()
    assert founded("rotate snapshot --out papers").exit_code == 0
    before = feeds.public().tree.version

    new_key(tmp_path / "x.pem", SECRET, work=1)
    refused = founded("ceremony sign papers --key x.pem", f"y\n{SECRET}\n")
    assert (refused.exit_code, "may sign none of these papers" in refused.stderr) == (1, True)
    wrong = founded(f"ceremony sign papers --key {keys}/key-1.pem", "y\nsomething else\n")
    assert (wrong.exit_code, "does not open" in wrong.stderr) == (3, True)
    said_no = founded(f"ceremony sign papers --key {keys}/key-1.pem", "n\n")
    assert said_no.exit_code == 1

    signed = founded(f"ceremony sign papers --key {keys}/key-1.pem", f"y\n{secret}\n")
    assert "Signed root." in signed.stdout
    early = founded("ceremony finish papers")
    assert (early.exit_code, "1 more of the new root keys" in early.stderr) == (2, True)
    assert feeds.public().tree.version == before
    more = founded(
        f"ceremony sign papers --key {keys}/key-2.pem --passphrase-file {keys}/passphrase.txt "
        "--yes --json"
    )
    assert [len(one["signed"]) for one in document(more)["signatures"]] == [2, 2]
    done = document(founded("ceremony finish papers --json"))
    assert (done["root"], done["waits"]) == (2, "")
    overtaken = founded("ceremony finish papers")
    assert (overtaken.exit_code, "prepare them anew" in overtaken.stderr) == (2, True)


def test_papers_go_into_a_new_folder(founded, tmp_path):
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "thesis").write_text("mine")
    result = founded("rotate renew --out papers")
    assert (result.exit_code, "name a new folder" in result.stderr) == (2, True)


def test_the_restricted_feed_has_keys_of_its_own(founded, home):
    assert founded("--restricted ceremony quick").exit_code == 0
    told = document(founded("--restricted status --json"))
    assert [role["name"] for role in told["roles"]][4:] == ["restricted"]
    for name in ("snapshot", "timestamp", "publisher"):
        own = FileKeys(home / "keys" / "restricted").get(name).public
        assert own != FileKeys(home / "keys").get(name).public
    refused = founded("--restricted rotate log --out papers")
    assert (refused.exit_code, "rotate it in the public feed" in refused.stderr) == (2, True)


def test_a_key_is_made_and_shown(run, tmp_path):
    made = run("key new ana.pem --holder Ana --json", f"{SECRET}\n{SECRET}\n")
    told = json.loads(made.stdout[made.stdout.index("{") :])
    shown = document(run("key show ana.pem.pub --json"))
    assert (shown["id"], shown["words"], shown["holder"]) == (told["id"], told["words"], "Ana")
    short = run("key new ben.pem", "short\nshort\n")
    assert (short.exit_code, "12 characters" in short.stderr) == (2, True)
    (tmp_path / "empty").touch()
    assert run("key new ben.pem --passphrase-file empty").exit_code == 2


def test_the_root_is_saved_for_operators(founded, tmp_path):
    told = document(founded("root show --save root.json --json"))
    assert told["sha256"]["1"] == sha256((tmp_path / "root.json").read_bytes()).hexdigest()


def test_a_time_that_is_none_is_a_wrong_call(run):
    assert run("--at yesterday status").exit_code == 2


def test_words_of_strangers_do_not_drive_the_terminal(founded, tmp_path):
    assert founded("rotate renew --out papers").exit_code == 0
    path = tmp_path / "papers" / "ceremony.json"
    path.write_text(path.read_text().replace("live on", "live on\\u001b[2J"))
    assert "\x1b" not in founded("ceremony show papers").output
