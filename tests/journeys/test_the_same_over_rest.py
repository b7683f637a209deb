"""The main line once more through the REST API: a finder who only sends, a reader who only reads,
a coordinator who decides, and a witness who believes nobody and keeps one hash."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.doors import Door, answer, kev, ssvc
from journeys import papers
from journeys.conftest import Terminal
from journeys.papers import CVE
from seawall.signing import merkle
from seawall.signing.dsse import Envelope
from seawall.signing.keys import FileKeys
from seawall.signing.statements import open_statement


class People:
    """Everybody of the journey, each with a token of their own."""

    def __init__(self, seawall: Terminal) -> None:
        self.stranger = Door()
        self.finder = Door(token(seawall, "submit"))
        self.reader = Door(token(seawall, "read"))
        self.coordinator = Door(token(seawall, "read", "coordinate"))


@pytest.fixture
def people(seawall: Terminal) -> People:
    return People(seawall)


def test_the_main_line_over_rest(seawall: Terminal, people: People, home: Path) -> None:
    the_finder_sends_and_sees_nothing_of_others(people)
    root = the_witness_keeps_the_root(people)
    seawall("work", "--once")
    the_reader_checks_the_signed_proof(people, home)
    the_coordinator_has_fixes_tried(people, seawall)
    an_embargo_holds_the_advisory_back(people)
    an_asset_is_waiting_when_it_goes_out(people, seawall)
    the_obligation_is_met_by_the_upgrade(people)
    the_witness_sees_that_nothing_was_rewritten(people, root)
    a_revoked_token_opens_nothing(people, seawall)


def the_finder_sends_and_sees_nothing_of_others(people: People) -> None:
    report = papers.lab_report()
    people.stranger.post("/reports", report, status=401)
    people.reader.post("/reports", report, status=403)
    sent = people.finder.post("/reports", report, status=201)
    assert (sent["format"], len(sent["findings"]), sent["rejected"]) == ("seawall", 1, [])
    again = people.finder.post("/reports", report, status=200)
    assert (again["report"], again["is_new"]) == (sent["report"], False)
    people.finder.post(
        "/reports?name=scan.sarif&reporter=Scan+Company", papers.scanner_log(), status=201
    )
    people.finder.get("/findings", status=403)


def the_witness_keeps_the_root(people: People) -> dict[str, Any]:
    return people.reader.get("/ledger/root")


def the_reader_checks_the_signed_proof(people: People, home: Path) -> None:
    scanned, proven = people.reader.get("/findings")["items"]
    assert (proven["evidence"]["level"], proven["evidence"]["verdict"]) == ("E3", "confirmed")
    assert (scanned["evidence"]["level"], scanned["duplicate_of"]) == ("E0", proven["id"])

    validation = people.reader.get(f"/validations/{proven['evidence']['validation']}")
    key = FileKeys(home / "keys").ensure("attestation").public
    envelope = Envelope.from_json(json.dumps(validation["attestation"]))
    statement = open_statement(envelope, trusted=[key])
    proof, package = statement["subject"]
    assert proof["digest"]["sha256"] == validation["reproducer_digest"]
    assert package["name"] == "pkg:pypi/lettermill@1.0"


def the_coordinator_has_fixes_tried(people: People, seawall: Terminal) -> None:
    case = the_case(people)
    assert [f["finders"] for f in case["findings"]] == [["Example Lab"], ["Scan Company"]]
    url = f"/cases/{case['id']}"
    people.reader.post(f"{url}/fixes", {"version": "1.1"}, status=403)
    for version in ("1.0.1", "1.1"):
        people.coordinator.post(f"{url}/fixes", {"version": version}, status=201)
    seawall("work", "--once")
    outcomes = {fix["version"]: fix["outcome"] for fix in the_case(people)["fixes"]}
    assert outcomes == {"1.0.1": "breaks", "1.1": "verified"}


def an_embargo_holds_the_advisory_back(people: People) -> None:
    url, advisory = f"/cases/{the_case(people)['id']}", the_advisory(people)
    until = (datetime.now(UTC) + timedelta(days=5)).isoformat()
    people.coordinator.post(f"{url}/events", {"event": "V"})
    people.coordinator.post(f"{url}/embargo", {"step": "propose", "until": until})
    held = people.coordinator.post(f"{url}/embargo", {"step": "accept"})
    assert held["embargo"]["state"] == "active"

    refused = people.coordinator.post(f"/advisories/{advisory['id']}/publish", status=409)
    assert refused["detail"].startswith(f"{advisory['id']} waits: embargoed until ")
    for name in advisory["documents"]:
        document = people.reader.call("get", f"/advisories/{advisory['id']}/documents/{name}")
        assert answer(people.reader.call("post", "/advisories/validate", document.content), 200)[
            "valid"
        ], name
    alone = people.coordinator.post(f"{url}/embargo", {"step": "end"}, status=409)
    assert "two people of two parties" in alone["detail"]
    people.coordinator.post(f"{url}/events", {"event": "P"})
    assert the_case(people)["embargo"]["state"] == "exited"


def an_asset_is_waiting_when_it_goes_out(people: People, seawall: Terminal) -> None:
    people.coordinator.post("/catalogue/kev", kev(CVE))
    people.coordinator.post("/catalogue/ssvc", ssvc(CVE, automatable="yes", impact="total"))
    asset = people.coordinator.post("/assets", AGENCY, status=201)["id"]
    assert people.coordinator.put(f"/assets/{asset}/sbom", papers.sbom("1.0"))["opened"] == 0

    advisory = the_advisory(people)["id"]
    people.reader.post(f"/advisories/{advisory}/publish", status=403)
    people.coordinator.post(f"/advisories/{advisory}/publish")
    seawall("work", "--once")
    (exposure,) = people.reader.get(f"/assets/{asset}/exposures")["items"]
    assert (exposure["vulnerability"], exposure["fixed_versions"]) == (CVE, ["1.1"])


def the_obligation_is_met_by_the_upgrade(people: People) -> None:
    (due,) = [o for o in obligations(people) if o["directive"] == "BOD 26-04"]
    assert (due["row"], due["outcome"]) == (15, "3 days and forensic investigation")
    assert [clock["key"] for clock in due["clocks"]] == ["scope", "volatile-evidence", "triage"]
    assert people.reader.post("/checks", papers.sbom("1.0"))["affected"] is True

    (asset,) = people.reader.get("/assets")["items"]
    done = people.coordinator.put(f"/assets/{asset['id']}/sbom", papers.sbom("1.1"))
    assert (done["opened"], done["closed"], done["obligations"]) == (0, 1, 0)
    closed = people.reader.get(f"/obligations/{due['id']}")
    assert closed["closed_as"] == "remediated"
    assert people.reader.post("/checks", papers.sbom("1.1"))["affected"] is False


def the_witness_sees_that_nothing_was_rewritten(people: People, root: dict[str, Any]) -> None:
    """The hash that was kept at the beginning leads to that of now, and the publication to it."""
    now = people.reader.get("/ledger/root")
    said = people.reader.get(f"/ledger/consistency?old={root['size']}&new={now['size']}")
    assert merkle.verify_consistency(
        old=root["size"],
        new=now["size"],
        old_root=bytes.fromhex(root["hash"]),
        new_root=bytes.fromhex(now["hash"]),
        proof=[bytes.fromhex(each) for each in said["path"]],
    )
    assert published(people, now) == f"advisory:{the_advisory(people)['id']}"
    assert people.reader.get("/ledger/verify")["sound"] is True


def a_revoked_token_opens_nothing(people: People, seawall: Terminal) -> None:
    for each in seawall.json("token", "list")["tokens"]:
        seawall("token", "revoke", each["id"])
    people.coordinator.get("/cases", status=401)


AGENCY = {
    "owner": "Example Agency",
    "name": "Letter desk",
    "system_class": "civilian-federal",
    "publicly_exposed": True,
}


def token(seawall: Terminal, *scopes: str) -> str:
    wanted = [word for scope in scopes for word in ("--scope", scope)]
    return seawall.json("token", "new", *wanted)["token"]


def the_case(people: People) -> dict[str, Any]:
    (case,) = people.reader.get("/cases")["items"]
    return people.reader.get(f"/cases/{case['id']}")


def the_advisory(people: People) -> dict[str, Any]:
    (advisory,) = people.reader.get("/advisories")["items"]
    return people.reader.get(f"/advisories/{advisory['id']}")


def obligations(people: People) -> list[dict[str, Any]]:
    return people.reader.get("/obligations")["items"]


def published(people: People, now: dict[str, Any]) -> str:
    """What the event of the publication is about, read from the log and proven to be in it."""
    for index in range(now["size"]):
        said = people.reader.get(f"/ledger/inclusion?index={index}&size={now['size']}")
        event = json.loads(said["entry"])
        if event["what"] == "advisory.published":
            leaf = merkle.leaf_hash(said["entry"].encode())
            path = [bytes.fromhex(each) for each in said["path"]]
            root = bytes.fromhex(now["hash"])
            assert merkle.verify_inclusion(
                leaf=leaf, index=index, size=now["size"], proof=path, root=root
            )
            return event["on"]
    raise AssertionError("no advisory was published")
