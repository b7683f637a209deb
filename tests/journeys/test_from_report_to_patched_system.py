"""The whole story: a bug is reported three times, proven, fixed, published and patched.

Everything is real (intake, sandbox, pip, duplicates, documents, directives, ledger) but for the
package, which is three files long, and its index, which is a folder.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection

from api.doors import kev, ssvc
from journeys import papers
from journeys.conftest import Terminal
from journeys.papers import CVE
from seawall.ledger.seal import unseal
from seawall.signing.merkle import leaf_hash


def test_from_a_report_to_a_patched_system(seawall: Terminal, tmp_path: Path) -> None:
    three_reports_come_in(seawall, tmp_path)
    their_proofs_are_run_and_one_is_forged(seawall)
    two_finders_share_one_case(seawall)
    the_embargo_is_short_because_two_found_it(seawall)
    one_fix_breaks_letters_and_one_is_verified(seawall)
    the_advisory_is_valid_in_every_format_and_waits(seawall, tmp_path)
    an_agency_says_what_it_runs(seawall, tmp_path)
    the_embargo_ends_and_the_advisory_goes_out(seawall)
    the_agency_learns_by_when_to_act_and_why(seawall, tmp_path)
    a_half_upgrade_changes_nothing(seawall, tmp_path)
    the_upgrade_closes_what_was_open(seawall, tmp_path)
    the_funnel_and_the_ledger_tell_it_all(seawall)
    who_rewrites_the_past_is_found_out(seawall)


def three_reports_come_in(seawall: Terminal, desk: Path) -> None:
    """An AI lab with a proof, somebody with a made-up proof, and a scanner without any."""
    lab, forged, scan = desk / "lab.json", desk / "forged.json", desk / "scan.sarif"
    lab.write_bytes(papers.lab_report())
    forged.write_bytes(papers.forged_report())
    scan.write_bytes(papers.scanner_log())

    first, second = seawall.json("submit", lab, forged)["reports"]
    (third,) = seawall.json("submit", scan, "--reporter", "Scan Company")["reports"]
    (again,) = seawall.json("submit", lab)["reports"]

    assert [r["format"] for r in (first, second, third)] == ["seawall", "seawall", "sarif"]
    assert [len(r["findings"]) for r in (first, second, third)] == [1, 1, 1]
    assert (again["report"], again["is_new"]) == (first["report"], False)
    assert seawall.json("status")["proofs_waiting"] == 2


def their_proofs_are_run_and_one_is_forged(seawall: Terminal) -> None:
    done = seawall.json("work", "--once")
    assert (done["tally"]["failed"], done["queue"]["due"]) == (0, 0)

    scanned, forged, proven = seawall.json("findings", "list")["findings"]  # newest first
    assert (proven["verdict"], proven["level"]) == ("confirmed", "E3")
    assert (forged["verdict"], forged["level"]) == ("forged", "E0")
    assert (scanned["verdict"], scanned["level"]) == (None, "E0")
    assert seawall.json("findings", "show", proven["id"])["record"]["reasons"] == [
        "The planted command was executed in 3 of 3 runs on 1.0.",
        "The planted command was not executed in 3 of 3 runs with the benign control input.",
        "The effect happened inside the target's own code (_value, lettermill.py:16).",
    ]
    assert "the script made it, not the target" in seawall("findings", "show", forged["id"])


def two_finders_share_one_case(seawall: Terminal) -> None:
    """The scanner named no CVE and another line, but the same weakness in the same function."""
    scanned, forged, proven = seawall.json("findings", "list")["findings"]
    assert (scanned["duplicate_of"], forged["duplicate_of"]) == (proven["id"], None)
    assert (
        f"same as {proven['id']}: same kind of weakness in _value (lettermill.py)"
        in seawall("findings", "show", scanned["id"])
    )  # fmt: skip

    case = the_case(seawall)
    assert (case["title"], case["cve"]) == ("Letters run Python code", CVE)
    assert [(f["id"], f["finders"]) for f in case["findings"]] == [
        (proven["id"], ["Example Lab"]),
        (scanned["id"], ["Scan Company"]),
    ]


def the_embargo_is_short_because_two_found_it(seawall: Terminal) -> None:
    case = the_case(seawall)["id"]
    today = datetime.now(UTC).date()
    long, short = today + timedelta(days=30), today + timedelta(days=5)

    refused = seawall("case", "embargo", case, "propose", "--until", short, exit_code=2)
    assert "no clock runs yet" in refused
    assert seawall.json("case", "observe", case, "V")["cvd"] == "Vfdpxa"

    refused = seawall("case", "embargo", case, "propose", "--until", long, exit_code=2)
    assert "7 days after somebody else found it too" in refused
    seawall("case", "embargo", case, "propose", "--until", short)
    accepted = seawall.json("case", "embargo", case, "accept")
    assert accepted["embargo"] == f"active until {short} 00:00 UTC"


def one_fix_breaks_letters_and_one_is_verified(seawall: Terminal) -> None:
    case = the_case(seawall)["id"]
    seawall("case", "fix", case, "--version", "1.0.1")
    seawall("case", "fix", case, "--version", "1.1")
    seawall("work", "--once")

    hasty, good = the_case(seawall)["fixes"]
    assert (hasty["version"], hasty["outcome"]) == ("1.0.1", "breaks")
    assert hasty["reasons"][0].startswith("Benign use (the reproducer's control input): ")
    assert "sums are no longer supported" in hasty["reasons"][0]
    assert (good["version"], good["outcome"]) == ("1.1", "verified")
    assert the_case(seawall)["cvd"] == "VFdpxa"


def the_advisory_is_valid_in_every_format_and_waits(seawall: Terminal, desk: Path) -> None:
    advisory = the_advisory(seawall)
    said = seawall.json("advisory", "show", advisory)
    assert said["left_out"] == {"cve": "the publisher has no CVE Services organisation id"}

    files = seawall.json("advisory", "export", advisory, desk / "out")["files"]
    answers = seawall.json("advisory", "validate", *files)
    assert [(a["kind"], a["valid"]) for a in answers] == [
        ("csaf", True), ("csaf", True), ("osv", True), ("openvex", True)
    ]  # fmt: skip
    (osv,) = [json.loads(Path(f).read_text()) for f in files if f.endswith(".osv.json")]
    assert osv["aliases"] == [CVE]
    assert osv["affected"][0]["ranges"][0]["events"] == [{"introduced": "0"}, {"fixed": "1.1"}]

    refused = seawall("advisory", "publish", advisory, exit_code=1)
    assert refused.startswith(f"seawall: {advisory} waits: embargoed until ")


def an_agency_says_what_it_runs(seawall: Terminal, desk: Path) -> None:
    """Nothing is known about its components yet, and Seawall says just that."""
    (desk / "kev.json").write_text(json.dumps(kev("CVE-2026-1000")))
    (desk / "ssvc.jsonl").write_text(json.dumps(ssvc(CVE, automatable="no", impact="total")))
    seawall("import", "kev", desk / "kev.json")
    seawall("import", "ssvc", desk / "ssvc.jsonl")

    scan = import_sbom(seawall, desk, version="1.0")
    assert (scan["components"], scan["opened"], scan["obligations"]) == (2, 0, 0)
    assert scan["not_checked"] == {"no advisories for PyPI": 2}


def the_embargo_ends_and_the_advisory_goes_out(seawall: Terminal) -> None:
    case, advisory = the_case(seawall)["id"], the_advisory(seawall)
    assert seawall.json("case", "embargo", case, "end")["embargo"] == "exited"
    assert seawall.json("advisory", "publish", advisory)["published_at"] is not None
    assert the_case(seawall)["cvd"] == "VFdPxa"
    seawall("work", "--once")


def the_agency_learns_by_when_to_act_and_why(seawall: Terminal, desk: Path) -> None:
    (due,) = seawall.json("obligations")
    assert (due["asset"], due["owner"]) == ("Letter desk", "Example Agency")
    assert (due["vulnerability"], due["purl"]) == (CVE, "pkg:pypi/lettermill@1.0")
    assert (due["directive"], due["row"], due["outcome"]) == ("BOD 26-04", 9, "14 days")
    start, end = (datetime.fromisoformat(due[name]) for name in ("started_at", "due_at"))
    assert end - start == timedelta(days=14)
    assert due["explanation"] == (
        "BOD 26-04 row 9 (in KEV: no (KEV 2026.11.20); publicly exposed: yes (asset Letter desk); "
        f"automatable: no (Vulnrichment, {CVE}); technical impact: total (Vulnrichment, {CVE})) "
        f"demands 14 days: from {start:%Y-%m-%d %H:%M} UTC until {end:%Y-%m-%d %H:%M} UTC."
    )

    told = seawall.json("check", desk / "sbom-1.0.json", exit_code=1)
    (match,) = told["matches"]
    assert (match["id"], match["aliases"], match["fixed"]) == (
        the_advisory(seawall), [CVE], ["1.1"]
    )  # fmt: skip


def a_half_upgrade_changes_nothing(seawall: Terminal, desk: Path) -> None:
    """1.0.1 is affected too: the exposure stays open, and so does the date."""
    (before,) = seawall.json("obligations")
    scan = import_sbom(seawall, desk, version="1.0.1")
    assert (scan["opened"], scan["closed"], scan["still_open"]) == (0, 0, 1)
    (after,) = seawall.json("obligations")
    assert (after["id"], after["due_at"]) == (before["id"], before["due_at"])
    assert after["purl"] == "pkg:pypi/lettermill@1.0.1"


def the_upgrade_closes_what_was_open(seawall: Terminal, desk: Path) -> None:
    scan = import_sbom(seawall, desk, version="1.1")
    assert (scan["opened"], scan["closed"], scan["obligations"]) == (0, 1, 0)
    seawall("work", "--once")

    (closed,) = seawall.json("obligations", "--all")
    assert closed["closed_as"] == "remediated"
    assert closed["evidence"] == "The SBOM has lettermill 1.1 now, which is not affected."
    assert seawall("check", desk / "sbom-1.1.json") == (
        "2 components checked against 1 advisory: none affected.\n"
    )


def the_funnel_and_the_ledger_tell_it_all(seawall: Terminal) -> None:
    status = seawall.json("status", "--verify-ledger")
    assert {stage["key"]: stage["count"] for stage in status["funnel"]} == {
        "reported": 3,
        "distinct": 2,
        "proven": 1,
        "fixed": 1,
        "drafted": 1,
        "published": 1,
        "exposures": 1,
        "closed": 1,
    }
    assert status["verdicts"] == {"confirmed": 1, "forged": 1}
    assert (status["queue"]["due"], status["queue"]["failed"]) == (0, 0)
    assert (status["ledger"]["sound"], status["ledger"]["problems"]) == (True, [])


def who_rewrites_the_past_is_found_out(seawall: Terminal) -> None:
    """The database refuses; who takes the refusal away is betrayed by the hashes."""
    index = event_of("advisory.published")
    rewrite = 'UPDATE ledger_event SET "by" = %s WHERE "index" = %s'
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="append-only"):
        cursor.execute(rewrite, ["user:mallory", index])

    with connection.schema_editor() as editor:
        unseal(editor)
    with connection.cursor() as cursor:
        cursor.execute(rewrite, ["user:mallory", index])
    assert f"Event {index}: the column by differs" in seawall(
        "status", "--verify-ledger", exit_code=1
    )

    with connection.cursor() as cursor:  # the careful way: entry and hash as well
        cursor.execute('SELECT entry FROM ledger_event WHERE "index" = %s', [index])
        entry = json.loads(cursor.fetchone()[0]) | {"by": "user:mallory"}
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        cursor.execute(
            'UPDATE ledger_event SET entry = %s, leaf_hash = %s WHERE "index" = %s',
            [text, leaf_hash(text.encode()), index],
        )
    ledger = seawall.json("status", "--verify-ledger", exit_code=1)["ledger"]
    assert not ledger["sound"]
    assert ledger["problems"][-1].startswith("The head says ")


def the_case(seawall: Terminal) -> dict:
    (case,) = seawall.json("case", "list")["cases"]
    return seawall.json("case", "show", case["id"])


def the_advisory(seawall: Terminal) -> str:
    (advisory,) = seawall.json("advisory", "list")["advisories"]
    return advisory["id"]


def import_sbom(seawall: Terminal, desk: Path, *, version: str) -> dict:
    """The agency's SBOM with Lettermill at `version`."""
    path = desk / f"sbom-{version}.json"
    path.write_bytes(papers.sbom(version))
    system = ("--asset", "Letter desk", "--owner", "Example Agency")
    return seawall.json(
        "import", "sbom", path, *system, "--class", "civilian-federal", "--exposed"
    )  # fmt: skip


def event_of(what: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute('SELECT "index" FROM ledger_event WHERE what = %s', [what])
        return cursor.fetchone()[0]
