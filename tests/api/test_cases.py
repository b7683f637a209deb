"""Cases over the API: opened, moved, held, fixed, merged; and what the rules refuse."""

from datetime import timedelta

import pytest
from django.utils import timezone

from api.doors import CVE, DIFF, answer
from cases.casework import finding, prove
from seawall.cases import fixes
from seawall.cases.actions import open_case
from seawall.cases.models import CandidateFix, Case
from seawall.ledger.models import Event
from seawall.vocab.actors import LOCAL
from seawall.vocab.fixes import FixOutcome, FixVerification
from validation.records import NOON

pytestmark = pytest.mark.django_db


def proven(title: str = "Escape", *, digest: str = "ab" * 32, **more) -> Case:
    row = finding(title, **more)
    prove(row, digest=digest)
    return open_case(row, by=LOCAL, now=NOON)


def verified(fix: CandidateFix) -> None:
    result = FixVerification(
        outcome=FixOutcome.VERIFIED, reasons=("All proofs are silent.",), checks=(),
        silenced=("ab" * 32,), started_at=NOON, finished_at=NOON,
    )  # fmt: skip
    fixes.record_verification(fix, result, by=LOCAL, now=NOON)


def test_a_case_is_opened_on_a_finding_and_only_once(coordinator):
    row = finding("Claim", identifiers=[CVE])
    body = {"finding": row.public_id}
    response = coordinator.call("post", "/cases", body)
    opened = answer(response, 201)
    assert (opened["title"], opened["cve"], opened["report_state"]) == ("Claim", CVE, "received")
    assert (opened["embargo"]["state"], opened["cvd"]) == ("none", "vfdpxa")
    assert coordinator.post("/cases", body)["id"] == opened["id"]
    assert coordinator.client.get(response["Location"]).json()["id"] == opened["id"]
    event = Event.objects.get(what="case.opened")
    assert event.by.startswith("token:")


def test_a_case_shows_its_findings_with_their_evidence(reader):
    case = proven("Escape")
    shown = reader.get(f"/cases/{case.public_id}")
    (member,) = shown["findings"]
    assert (member["id"], member["level"], member["verdict"]) == (
        case.finding.public_id,
        "E3",
        "confirmed",
    )
    assert member["finders"] == ["Ann Lab"]
    assert shown["merged_into"] is None


def test_an_id_with_another_year_is_no_such_case(reader):
    case = proven()
    assert "no case" in reader.get(f"/cases/C-1999-{case.pk:06d}", 404)["detail"]


def test_report_states_follow_their_machine(coordinator):
    url = f"/cases/{proven().public_id}"
    assert coordinator.post(f"{url}/report", {"step": "accept"})["report_state"] == "accepted"
    refused = coordinator.post(f"{url}/report", {"step": "validate"}, status=409)
    assert url.removeprefix("/cases/") in refused["detail"]
    coordinator.post(f"{url}/report", {"step": "burn"}, status=422)
    assert coordinator.get(url)["report_state"] == "accepted"


def test_what_happens_in_the_world_is_recorded_once(coordinator):
    url = f"/cases/{proven().public_id}"
    assert coordinator.post(f"{url}/events", {"event": "V"})["cvd"] == "Vfdpxa"
    assert coordinator.post(f"{url}/events", {"event": "A"})["cvd"] == "VfdpxA"
    coordinator.post(f"{url}/events", {"event": "V"}, status=409)
    assert [each["event"] for each in coordinator.get(url)["moments"]] == ["V", "A"]


def test_an_embargo_is_proposed_and_accepted(coordinator):
    url = f"/cases/{proven().public_id}"
    until = (timezone.now() + timedelta(days=10)).isoformat()
    propose = {"step": "propose", "until": until}
    assert "no clock runs" in coordinator.post(f"{url}/embargo", propose, status=409)["detail"]
    coordinator.post(f"{url}/events", {"event": "V"})
    proposed = coordinator.post(f"{url}/embargo", propose)["embargo"]
    assert (proposed["state"], proposed["ends_at"]) == ("proposed", None)
    assert proposed["proposed_until"][:10] == until[:10]
    held = coordinator.post(f"{url}/embargo", {"step": "accept"})["embargo"]
    assert (held["state"], held["ends_at"][:10]) == ("active", until[:10])
    coordinator.post(f"{url}/embargo", {"step": "reject"}, status=409)


def test_a_token_does_not_end_an_embargo_alone(coordinator):
    """Anybody who can make a token of the installation could then publish without a second one."""
    url = f"/cases/{proven().public_id}"
    coordinator.post(f"{url}/events", {"event": "V"})
    until = (timezone.now() + timedelta(days=10)).isoformat()
    coordinator.post(f"{url}/embargo", {"step": "propose", "until": until})
    coordinator.post(f"{url}/embargo", {"step": "accept"})
    refused = coordinator.post(f"{url}/embargo", {"step": "end"}, status=409)
    assert "it takes two people of two parties" in refused["detail"]
    assert coordinator.get(url)["embargo"]["state"] == "active"


def test_attacks_end_an_embargo(coordinator):
    url = f"/cases/{proven().public_id}"
    coordinator.post(f"{url}/events", {"event": "V"})
    until = (timezone.now() + timedelta(days=10)).isoformat()
    coordinator.post(f"{url}/embargo", {"step": "propose", "until": until})
    coordinator.post(f"{url}/embargo", {"step": "accept"})
    shown = coordinator.post(f"{url}/events", {"event": "A"})["embargo"]
    assert (shown["state"], shown["reason"]) == ("exited", "attacks were observed")


@pytest.mark.parametrize("until", [None, "2026-12-01T00:00:00", "soon"])
def test_a_proposal_says_when_it_ends_and_in_which_time_zone(coordinator, until):
    url = f"/cases/{proven().public_id}/embargo"
    coordinator.post(url, {"step": "propose", "until": until}, status=422)


def test_a_fixed_version_waits_for_its_verification(coordinator):
    case = proven()
    url = f"/cases/{case.public_id}"
    body = {"version": "3.1.5", "tests": ["pytest", "-q"]}
    added = coordinator.post(f"{url}/fixes", body, status=201)
    assert (added["version"], added["outcome"], added["reasons"]) == ("3.1.5", "", [])
    assert coordinator.post(f"{url}/fixes", body)["id"] == added["id"], "the same fix is one fix"
    fix = CandidateFix.objects.get()
    assert fix.test_argv == ["pytest", "-q"]
    verified(fix)
    (shown,) = coordinator.get(url)["fixes"]
    assert (shown["outcome"], shown["reasons"]) == ("verified", ["All proofs are silent."])


def test_a_diff_is_sent_as_it_is(coordinator):
    case = proven()
    url = f"/cases/{case.public_id}/fixes/diff"
    response = coordinator.call(
        "post", f"{url}?label=upstream&test=make&test=check", DIFF, kind="text/x-diff"
    )
    added = answer(response, 201)
    assert (added["label"], len(added["diff"])) == ("upstream", 64)
    assert CandidateFix.objects.get().test_argv == ["make", "check"]
    refused = coordinator.call("post", url, b"hello", kind="text/x-diff")
    assert "not a unified diff" in answer(refused, 422)["detail"]


def test_a_proposal_to_merge_is_decided_once(coordinator):
    one = proven("A", digest="aa" * 32)
    other = proven("B", digest="bb" * 32, reporter="Bo Lab")
    fix = fixes.add_fix(one, version="3.1.5", by=LOCAL, now=NOON)
    made = fixes.propose_merge(one, other, fix=fix, by=LOCAL, now=NOON)
    (listed,) = coordinator.get("/merges")["items"]
    assert (listed["id"], listed["accepted"]) == (made.public_id, None)
    url = f"/merges/{made.public_id}"
    assert coordinator.post(url, {"accept": True})["accepted"] is True
    assert "was decided" in coordinator.post(url, {"accept": False}, status=409)["detail"]
    assert coordinator.get(url)["decided_by"].startswith("token:")
    assert coordinator.get("/merges")["items"] == []
    assert len(coordinator.get("/merges?decided=true")["items"]) == 1


def test_two_findings_are_linked_and_kept_apart_again(coordinator):
    one, other = finding("A"), finding("B", reporter="Bo Lab")
    pair = {"one": other.public_id, "other": one.public_id, "because": "The same sink."}
    made = coordinator.post("/duplicates", pair, status=201)
    assert (made["earlier"], made["signal"], made["joins"]) == (one.public_id, "person", True)
    shown = coordinator.get(f"/findings/{other.public_id}")
    assert shown["duplicate_of"] == one.public_id
    undone = coordinator.post("/duplicates/undo", pair | {"because": "Different sinks."})
    assert (undone["joins"], undone["undone_because"]) == (False, "Different sinks.")
    assert coordinator.get(f"/findings/{other.public_id}")["duplicate_of"] is None


def test_a_link_that_is_none_is_refused(coordinator):
    one, other = finding("A"), finding("B", reporter="Bo Lab")
    same = {"one": one.public_id, "other": one.public_id, "because": "Same."}
    assert "no duplicate of itself" in coordinator.post("/duplicates", same, 409)["detail"]
    pair = same | {"other": other.public_id}
    assert "not linked" in coordinator.post("/duplicates/undo", pair, 409)["detail"]
    coordinator.post("/duplicates", pair | {"because": ""}, 422)
    coordinator.post("/duplicates", pair | {"other": "F-2026-999999"}, 404)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("url", "queries"), [("/cases", 8), ("/merges?decided=true", 2)])
def test_a_list_takes_a_fixed_number_of_queries(
    reader, count, url, queries, django_assert_num_queries
):
    cases = [proven(f"Case {n}", digest=f"{n}" * 64) for n in range(count + 1)]
    for number, case in enumerate(cases):
        fix = fixes.add_fix(case, version="3.1.5", by=LOCAL, now=NOON)
        verified(fix)
        if number:
            fixes.propose_merge(cases[0], case, fix=fix, by=LOCAL, now=NOON)
    with django_assert_num_queries(queries):
        items = reader.get(url)["items"]
    assert len(items) == (count + 1 if url == "/cases" else count)


@pytest.mark.parametrize("count", [1, 3])
def test_a_case_takes_a_fixed_number_of_queries(coordinator, count, django_assert_num_queries):
    rows = [finding(f"F {n}", reporter=f"Lab {n}") for n in range(count)]
    prove(rows[0])
    for row in rows[1:]:
        body = {"one": rows[0].public_id, "other": row.public_id, "because": "Same."}
        coordinator.post("/duplicates", body, status=201)
    case = coordinator.post("/cases", {"finding": rows[0].public_id}, status=201)
    with django_assert_num_queries(21):
        shown = coordinator.get(f"/cases/{case['id']}")
    assert len(shown["findings"]) == count


def test_cases_are_narrowed_and_paged(coordinator):
    for number in range(3):
        proven(f"Case {number}", digest=f"{number}" * 64)
    page = coordinator.get("/cases?limit=2")
    assert [each["title"] for each in page["items"]] == ["Case 2", "Case 1"]
    rest = coordinator.get(f"/cases?limit=2&before={page['next']}")
    assert ([each["title"] for each in rest["items"]], rest["next"]) == (["Case 0"], None)
    assert coordinator.get("/cases?report_state=closed")["items"] == []
    assert len(coordinator.get("/cases?report_state=valid&embargo=none")["items"]) == 3
    coordinator.get("/cases?report_state=burning", 422)
