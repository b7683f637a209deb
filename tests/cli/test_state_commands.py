"""The commands on an installation's state: submit, findings, token, status, completion, serve."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result
from django.db import connection

from findings.reports import seawall_report
from seawall.cli.main import root
from seawall.dedup.links import Strength
from seawall.findings.duplicates import Reason, link
from seawall.findings.models import Finding, Report
from seawall.ledger.seal import unseal
from seawall.vocab.actors import LOCAL

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(home):

    def run(*args: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(root, list(args), input=stdin)

    return run


@pytest.fixture
def report(tmp_path):
    def report(name: str = "r.json", *titles: str, **more) -> str:
        path = tmp_path / name
        path.write_bytes(seawall_report(*titles, **more))
        return str(path)

    return report


def test_a_report_is_submitted_in_words(run, report):
    result = run("submit", report("r.json", "One", "Two"))
    (row,) = Report.objects.all()
    assert result.exit_code == 0
    assert result.stdout.endswith(f"r.json: {row.public_id} received, 2 findings (seawall)\n")
    again = run("submit", report("r.json", "One", "Two"))
    assert f"{row.public_id} received before" in again.stdout


def test_one_bad_file_loses_nothing_else_and_ends_with_2(run, report, tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text('{"seawall_report": 9}')
    absent = tmp_path / "absent.json"
    result = run("submit", str(bad), str(absent), report("good.json"))
    assert result.exit_code == 2
    assert Report.objects.count() == 1
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"seawall: {bad}: /seawall_report: ")
    assert lines[1] == f"seawall: {absent}: No such file or directory"
    assert result.stdout.count("\n") == 1


def test_submitting_as_json_lists_what_was_kept_and_what_not(run, report, tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text("")
    result = run("submit", "--json", report("good.json"), str(bad))
    assert result.exit_code == 2
    good, refused = json.loads(result.stdout)["reports"]
    assert (good["is_new"], len(good["findings"])) == (True, 1)
    assert set(refused) == {"file", "error"}


def test_a_report_may_come_from_standard_input(run):
    result = run("submit", "-", "--reporter", "Bob", stdin=seawall_report(reporter=""))
    assert result.exit_code == 0
    assert Report.objects.get().receipts.get().reporter.name == "Bob"


def test_too_large_a_file_is_refused(run, report, settings):
    settings.SEAWALL_MAX_REPORT_BYTES = 10
    result = run("submit", report())
    assert result.exit_code == 2
    assert "larger than" in result.stderr


def test_a_broken_part_is_named(run, tmp_path):
    path = tmp_path / "r.json"
    path.write_bytes(seawall_report("One", "Two").replace(b'"title": "Two"', b'"title": 2'))
    result = run("submit", str(path))
    assert result.exit_code == 0
    assert "  not read: /findings/1/title: " in result.stdout


def test_findings_are_listed_and_shown(run, report):
    run("submit", report("r.json", "One\x1b[31m", "Two", identifiers=["CVE-2024-56326"]))
    listed = json.loads(run("findings", "list", "--json").stdout)["findings"]
    assert [item["title"] for item in listed][:1] == ["Two"]
    one = json.loads(run("findings", "list", "--json", "--identifier", "CVE-2024-56326").stdout)
    (row,) = one["findings"]
    assert (row["level"], row["verdict"], row["has_reproducer"]) == ("E0", None, False)
    shown = run("findings", "show", row["id"])
    assert shown.exit_code == 0
    assert "identifiers: CVE-2024-56326" in shown.stdout
    assert "evidence: E0, no proof was run" in shown.stdout
    for text in (shown.stdout, run("findings", "list").stdout):
        assert "\x1b[31m" not in text


def test_an_absent_finding_is_one_line_and_2(run):
    result = run("findings", "show", "F-2026-999999")
    assert (result.exit_code, result.stderr) == (
        2,
        "seawall: There is no finding F-2026-999999.\n",
    )


def test_a_link_can_be_undone_with_a_reason(run, report):
    run("submit", report("r.json", "One", "Two"))
    one, two = Finding.objects.order_by("pk")
    reason = Reason(signal="same crash", explanation="both at a.c:3", strength=Strength.CERTAIN)
    link(one, two, reason=reason, by=LOCAL, now=NOON)
    assert (
        f"same as {two.public_id}: both at a.c:3" in run("findings", "show", one.public_id).stdout
    )
    result = run("findings", "split", one.public_id, two.public_id, "--because", "other function")
    assert result.exit_code == 0
    assert Finding.objects.filter(lead=None).count() == 2
    shown = run("findings", "show", one.public_id).stdout
    assert f"kept apart (other function) from {two.public_id}" in shown
    assert run("findings", "split", one.public_id, one.public_id, "--because", "x").exit_code == 2


def test_a_token_is_made_listed_and_revoked(run):
    made = run("token", "new", "--label", "scanner", "--scope", "read")
    token = made.stdout.strip()
    assert token.startswith("swl_")
    (row,) = json.loads(run("token", "list", "--json").stdout)["tokens"]
    assert (row["label"], row["scopes"], row["works"]) == ("scanner", ["read"], True)
    assert token not in run("token", "list").stdout
    assert run("token", "revoke", row["id"]).exit_code == 0
    assert not json.loads(run("token", "list", "--json").stdout)["tokens"][0]["works"]
    assert run("token", "revoke", "unknown").exit_code == 2


def test_status_shows_the_funnel_and_what_waits(run, report):
    run("submit", report("r.json", "One", "Two"))
    status = json.loads(run("status", "--json").stdout)
    counts = {stage["key"]: stage["count"] for stage in status["funnel"]}
    assert (counts["reported"], counts["distinct"], counts["proven"]) == (2, 2, 0)
    assert status["queue"]["due"] == 1
    words = run("status").stdout
    assert "2  Findings reported" in words
    assert "Jobs: 1 due" in words


def test_an_altered_ledger_is_bad_news(run, report):
    run("submit", report())
    assert run("status", "--verify-ledger").exit_code == 0
    with connection.cursor() as cursor:
        unseal(type("Editor", (), {"connection": connection, "execute": cursor.execute}))
        cursor.execute("UPDATE ledger_event SET what = 'nothing'")
    result = run("status", "--verify-ledger")
    assert result.exit_code == 1
    assert "Event 0: the column what differs from the entry." in result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_of_each_shell_is_printed(run, shell):
    result = run("completion", shell)
    assert result.exit_code == 0
    assert "_SEAWALL_COMPLETE" in result.stdout


def test_serving_beyond_loopback_must_be_said(run):
    result = run("serve", "--host", "0.0.0.0")
    assert result.exit_code == 2
    assert "--beyond-loopback" in result.stderr


@pytest.mark.parametrize(
    "args",
    [["submit"], ["findings", "list"], ["token", "new"], ["status"], ["work"], ["serve"]],
)
def test_every_command_has_help_and_json(args):
    result = CliRunner().invoke(root, [*args, "--help"])
    assert result.exit_code == 0
    assert "--json" in result.stdout
