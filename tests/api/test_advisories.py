"""Advisories over the API: drafted, read, published; any document validated."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from api.doors import CVE, SCORE, answer, osv
from cases.casework import finding, prove
from seawall.advisories import checking
from seawall.advisories.releases import public_release_key
from seawall.cases.actions import open_case
from seawall.cases.embargoes import end
from seawall.cases.models import Case
from seawall.core.embargo import ExitReason
from seawall.formats.release_bundle import read_bundle
from seawall.formats.validate import is_valid, validate_document
from seawall.ledger.models import Outbox
from seawall.vocab.actors import LOCAL
from seawall.vocab.problems import Problem
from validation.records import NOON

pytestmark = pytest.mark.django_db


def proven(title: str = "Template text escapes the sandbox", cve: str = CVE) -> Case:
    row = finding(
        title,
        identifiers=[cve],
        cwes=["CWE-1336"],
        severity=SCORE,
        description="A template can reach str.format and run commands.",
    )
    prove(row, digest=row.public_id.encode().hex()[:64].ljust(64, "0"))
    return open_case(row, by=LOCAL, now=NOON)


def test_a_draft_has_documents_that_can_be_read_by_name(coordinator, publisher):
    response = coordinator.call("post", "/advisories", {"case": proven().public_id})
    made = answer(response, 201)
    assert len(made["documents"]) == 5
    assert (made["published_at"], made["left_out"], len(made["revisions"])) == (None, {}, 1)
    assert coordinator.client.get(response["Location"]).json() == made
    for name in made["documents"]:
        response = coordinator.call("get", f"/advisories/{made['id']}/documents/{name}")
        openvex = name.endswith(".openvex.json")
        kind = "application/vnd.openvex+json" if openvex else "application/json"
        assert (response.status_code, response["Content-Type"]) == (200, kind)
        assert is_valid(validate_document(json.loads(response.content)))
    answer(coordinator.call("get", f"/advisories/{made['id']}/documents/../x"), 404)
    answer(coordinator.call("get", f"/advisories/{made['id']}/documents/x.json"), 404)


def test_a_draft_with_nothing_new_to_say_is_the_one_that_was(coordinator, publisher):
    body = {"case": proven().public_id}
    first = coordinator.post("/advisories", body, status=201)
    assert coordinator.post("/advisories", body)["revisions"] == first["revisions"]


def test_nothing_is_stated_about_what_is_not_proven(coordinator):
    case = open_case(finding("Claim"), by=LOCAL, now=NOON)
    coordinator.post("/advisories", {"case": case.public_id}, status=409)
    assert coordinator.get("/advisories")["items"] == []


def test_documents_that_would_be_wrong_are_not_kept(coordinator, publisher, monkeypatch):
    wrong = Problem(test="csaf-6.1.7", pointer="/document", message="two scores", mend="keep one")
    monkeypatch.setattr(checking, "check_documents", lambda documents: {None: (wrong,)})
    refused = coordinator.post("/advisories", {"case": proven().public_id}, status=422)
    assert refused["problems"][0] == {
        "test": "csaf-6.1.7",
        "severity": "error",
        "pointer": "/document",
        "message": "two scores",
        "mend": "keep one",
        "clause": "",
    }
    assert coordinator.get("/advisories")["items"] == []


def test_an_advisory_is_published_once_nothing_holds_it(coordinator, publisher):
    case = proven().public_id
    made = coordinator.post("/advisories", {"case": case}, status=201)
    url = f"/advisories/{made['id']}"
    coordinator.post(f"/cases/{case}/events", {"event": "V"})
    until = (timezone.now() + timedelta(days=10)).isoformat()
    coordinator.post(f"/cases/{case}/embargo", {"step": "propose", "until": until})
    coordinator.post(f"/cases/{case}/embargo", {"step": "accept"})
    assert "waits: embargoed until" in coordinator.post(f"{url}/publish", status=409)["detail"]
    assert coordinator.get(url)["published_at"] is None
    end(Case.objects.get(), reason=ExitReason.PUBLISHED, by=LOCAL, now=timezone.now())
    published = coordinator.post(f"{url}/publish")
    assert published["published_at"] == published["revisions"][-1]["published_at"] is not None
    assert coordinator.get(f"/cases/{case}")["cvd"] == "VfdPxa"
    assert Outbox.objects.filter(topic="advisory.published").count() == 1


def test_a_release_is_one_file_for_every_reader_and_nothing_before(coordinator, door, publisher):
    made = coordinator.post("/advisories", {"case": proven().public_id}, status=201)
    url = f"/advisories/{made['id']}"
    hidden = coordinator.call("get", f"{url}/release")
    answer(hidden, 404)
    absent = coordinator.call("get", "/advisories/SEAWALL-2026-9999/release")
    assert hidden.content == absent.content.replace(b"SEAWALL-2026-9999", made["id"].encode())
    coordinator.post(f"{url}/publish")
    given = door("read").call("get", f"{url}/release")
    assert (given.status_code, given["Content-Type"]) == (200, "application/json")
    bundle = read_bundle(given.content)
    assert bundle.id == made["id"]
    for name, text in bundle.documents.items():
        assert coordinator.call("get", f"{url}/documents/{name}").content == text.encode()


def test_a_further_draft_changes_nothing_of_what_is_released(coordinator, publisher):
    case = proven()
    made = coordinator.post("/advisories", {"case": case.public_id}, status=201)
    url = f"/advisories/{made['id']}"
    coordinator.post(f"{url}/publish")
    released = coordinator.call("get", f"{url}/release").content
    Case.objects.update(title="Another title")
    further = coordinator.post("/advisories", {"case": case.public_id}, status=201)
    assert [each["published_at"] is None for each in further["revisions"]] == [False, True]
    assert coordinator.call("get", f"{url}/release").content == released


def test_a_release_that_cannot_be_signed_is_said_and_nothing_happened(coordinator, publisher, home):
    made = coordinator.post("/advisories", {"case": proven().public_id}, status=201)
    public_release_key()
    (home / "keys" / "release.pem").chmod(0o644)
    refused = coordinator.post(f"/advisories/{made['id']}/publish", status=409)
    assert "was not published" in refused["detail"]
    assert "can be read by others" in refused["detail"]
    assert coordinator.get(f"/advisories/{made['id']}")["published_at"] is None


def test_nobody_publishes_without_a_name(coordinator, settings):
    settings.SEAWALL_PUBLISHER_NAME = ""
    made = coordinator.post("/advisories", {"case": proven().public_id}, status=201)
    refused = coordinator.post(f"/advisories/{made['id']}/publish", status=409)
    assert "SEAWALL_PUBLISHER_NAME" in refused["detail"]


def test_any_document_is_validated_and_forgotten(reader):
    assert reader.post("/advisories/validate", osv()) == {
        "kind": "osv",
        "valid": True,
        "problems": [],
    }
    bad = reader.post("/advisories/validate", osv() | {"modified": "yesterday"})
    assert (bad["valid"], bad["problems"][0]["pointer"]) == (False, "/modified")
    assert reader.post("/advisories/validate?kind=cve", osv())["valid"] is False
    assert "known kinds" in reader.post("/advisories/validate", {}, status=422)["mend"]
    reader.post("/advisories/validate?kind=poem", osv(), status=422)
    assert reader.get("/advisories")["items"] == []


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_takes_a_fixed_number_of_queries(
    coordinator, publisher, count, django_assert_num_queries
):
    for number in range(count):
        case = proven(f"Escape {number}", f"CVE-2024-000{number}").public_id
        coordinator.post("/advisories", {"case": case}, status=201)
    with django_assert_num_queries(4):
        items = coordinator.get("/advisories")["items"]
    assert [each["title"] for each in items] == [f"Escape {n}" for n in reversed(range(count))]
