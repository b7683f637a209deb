"""`seawall claim` on an installation."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from django.utils import timezone

from findings.reports import seawall_report
from seawall.claims.models import ScanClaim
from seawall.cli.main import root
from seawall.findings.actions import submit
from seawall.parties.models import Party
from seawall.vocab.actors import LOCAL

pytestmark = pytest.mark.django_db

JINJA = "pkg:pypi/jinja2"
ANN = ("--party", "Ann Lab", "--model", "m1", "--model-version", "2")
BOB = ("--party", "Bob", "--model", "m2")


@pytest.fixture
def run(home):
    def run(*args: str, stdin: str = "") -> Result:
        return CliRunner().invoke(root, ["claim", *args], input=stdin)

    return run


def test_a_first_claim_overlaps_nobody_and_says_that_it_blocks_nobody(run):
    done = run("add", JINJA, *ANN, "--versions", ">=3", "--purpose", "sandbox")
    row = ScanClaim.objects.get()
    assert done.exit_code == 0
    assert "Nobody else claims it." in done.stdout
    assert f"{row.public_id}  active  {JINJA}" in done.stdout
    assert done.stdout.endswith("A claim is advice: it blocks nobody.\n")


def test_an_overlap_is_shown_before_and_asked_about(run):
    run("add", JINJA, *ANN, "--versions", ">=3", "--exclusive")
    no = run("add", f"{JINJA}@3.1.4", *BOB, stdin="n\n")
    assert "1 other claim on it:" in no.stdout
    assert "same target, common versions: vers:pypi/3.1.4" in no.stdout
    assert no.stdout.endswith("Nothing is claimed.\n")
    assert ScanClaim.objects.count() == 1
    yes = run("add", f"{JINJA}@3.1.4", *BOB, stdin="y\n")
    assert yes.exit_code == 0 and ScanClaim.objects.count() == 2


def test_a_dry_run_changes_nothing(run):
    run("add", JINJA, *ANN)
    done = run("add", JINJA, *BOB, "--dry-run", "--json")
    said = json.loads(done.stdout)
    assert said["claim"] is None
    assert [each["claim"]["party"] for each in said["overlaps"]] == ["Ann Lab"]
    assert ScanClaim.objects.count() == 1
    assert not Party.objects.filter(name="Bob").exists()


def test_yes_claims_without_asking(run):
    run("add", JINJA, *ANN)
    assert run("add", JINJA, *BOB, "--yes").exit_code == 0
    assert ScanClaim.objects.count() == 2


def test_claims_are_listed_shown_renewed_and_ended(run):
    id = json.loads(run("add", JINJA, *ANN, "--json").stdout)["claim"]["id"]
    assert id in run("list").stdout
    assert json.loads(run("show", id, "--json").stdout)["model"] == "m1 2"
    until = (timezone.now() + timedelta(days=13)).date().isoformat()
    shown = json.loads(run("renew", id, "--until", until, "--json").stdout)
    assert shown["until_at"].startswith(until)
    assert json.loads(run("release", id, "--json").stdout)["state"] == "released"
    assert run("list").stdout.startswith("No claims.")
    assert id in run("list", "--all").stdout
    again = run("release", id)
    assert (again.exit_code, again.stderr) == (2, "seawall: The claim is released already.\n")


def test_finishing_names_a_report_that_exists(run):
    id = json.loads(run("add", JINJA, *ANN, "--json").stdout)["claim"]["id"]
    done = submit(seawall_report("One"), name="r.json", by=LOCAL, now=timezone.now())
    missing = run("finish", id, "--report", "R-2026-999999")
    assert (missing.exit_code, missing.stderr) == (
        2,
        "seawall: There is no report R-2026-999999.\n",
    )
    shown = json.loads(run("finish", id, "--report", done.report, "--json").stdout)
    assert (shown["state"], shown["report"]) == ("finished", done.report)


def test_coverage_says_who_scanned(run):
    assert run("coverage", JINJA).stdout == "Nobody has claimed to scan it.\n"
    run("add", JINJA, *ANN, "--versions", "<3")
    assert (
        "Ann Lab with m1 2; versions vers:pypi/2.9"
        in run("coverage", JINJA, "--versions", "2.9").stdout
    )
    assert json.loads(run("coverage", JINJA, "--versions", "4", "--json").stdout)["scans"] == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("add", "", *ANN), "seawall: target: a target has 1 to 500 characters"),
        (("add", JINJA, *ANN, "--days", "15"), "seawall: A claim lasts at most 14 days"),
        (("add", JINJA, *ANN, "--from", "soon"), "seawall: 'soon' is no moment"),
        (("add", JINJA, *ANN, "--versions", "a b c"), "seawall: "),
        (("show", "S-2026-000009"), "seawall: There is no claim S-2026-000009."),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_code_2(run, args, said):
    done = run(*args)
    assert done.exit_code == 2
    assert done.stderr.startswith(said) and done.stderr.count("\n") == 1
