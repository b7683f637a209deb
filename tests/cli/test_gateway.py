"""`seawall gateway` on an installation."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.world import holder, submission
from seawall.cli.main import root
from seawall.reviews.models import Stop, Upstream

pytestmark = pytest.mark.django_db
KEY = "sk-provider-key-0123456789"


@pytest.fixture
def run(home):
    def run(*args: str, stdin: str = "") -> Result:
        return CliRunner().invoke(root, ["gateway", *args], input=stdin)

    return run


def said(done: Result) -> dict:
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_providers_key_comes_from_standard_input_and_is_not_shown(run):
    row = submission(port=1)
    done = run(
        "upstream", "set", row.public_id, "--url", "https://lab.example/v1", "--model", "m",
        "--api", "messages", "--json", stdin=f"{KEY}\n",
    )  # fmt: skip
    assert said(done)["submission"] == row.public_id and KEY not in done.output
    assert Upstream.objects.get(submission=row).content == {
        "url": "https://lab.example/v1",
        "model": "m",
        "key": KEY,
        "apis": ["messages"],
    }


def test_a_key_file_is_read_and_a_wrong_address_is_refused(run, tmp_path: Path):
    row, path = submission(port=1), tmp_path / "key"
    path.write_text(KEY)
    given = ("upstream", "set", row.public_id, "--model", "m", "--key-file", str(path))
    assert run(*given, "--url", "https://lab.example/v1").exit_code == 0
    wrong = run(*given, "--url", "lab.example")
    assert wrong.exit_code == 2 and "https://" in wrong.output and KEY not in wrong.output


@pytest.mark.parametrize("what", ["grant", "submission", "all"])
def test_kill_and_restore(run, what: str):
    who = holder(submission(port=1))
    target = {
        "grant": ["--grant", who.grant.public_id],
        "submission": ["--submission", who.grant.submission.public_id],
        "all": ["--all"],
    }[what]
    said(run("kill", *target, "--because", "it leaks", "--json"))
    said(run("kill", *target, "--json"))
    assert Stop.objects.get().because == "it leaks"
    assert "Stopped" in run("check").output
    found = said(run("restore", *target, "--json"))
    assert (found["lifted"], found["still_stopped"]) == (1, [])
    assert "was not stopped" in run("restore", *target).output


def test_what_is_still_stopped_is_said(run):
    who = holder(submission(port=1))
    run("kill", "--grant", who.grant.public_id)
    run("kill", "--all")
    assert said(run("restore", "--all", "--json"))["still_stopped"] == [who.grant.public_id]


def test_kill_needs_one_target(run):
    for args in ([], ["--all", "--grant", "G-2026-000001"]):
        assert run("kill", *args).exit_code == 2
    assert run("kill", "--grant", "G-2026-000099").exit_code == 2
    assert not Stop.objects.exists()


def test_calls_of_a_grant_without_any(run):
    who = holder(submission(port=1))
    found = said(run("calls", "--grant", who.grant.public_id, "--verify", "--json"))
    assert found == {"calls": [], "signals": [], "problems": []}


def test_check_says_what_is_missing(run):
    row = submission(port=1)
    assert run("check").exit_code == 0
    row.upstream.delete()
    done = run("check", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["problems"] == [
        f"{row.public_id} has an open window and no address: `seawall gateway upstream set`."
    ]


def test_serve_refuses_what_is_unsafe(run):
    done = run("serve", "--host", "0.0.0.0")
    assert done.exit_code == 3 and "without TLS" in done.output


def test_a_partners_key(run, tmp_path: Path):
    path = tmp_path / "partner.key"
    public = said(run("key", str(path)))
    assert set(public) == {"kty", "crv", "x", "y"} and path.stat().st_mode & 0o777 == 0o600
    again = run("key", str(path))
    assert again.exit_code == 2 and "exists already" in again.output


def test_connect_refuses_a_gateway_without_tls(run, tmp_path: Path):
    key, token = tmp_path / "key", tmp_path / "token"
    run("key", str(key))
    token.write_text("t" * 43)
    given = ("--key", str(key), "--token-file", str(token), "--port", "0")
    done = run("connect", "--gateway", "http://gateway.example", *given)
    assert done.exit_code == 2 and "https" in done.output
