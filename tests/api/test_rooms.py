"""Case rooms, handovers and capacity over the API: by tokens of the installation and of people."""

from datetime import timedelta

import pytest
from django.utils import timezone

from api.doors import Door, answer
from cases.roomwork import READY, bring, embargoed, fresh, house, party, proven, somebody
from seawall.cases import budgets, handovers, messages
from seawall.cases.models import Case, Message
from seawall.parties.models import ApiToken, Membership
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import LOCAL

pytestmark = pytest.mark.django_db

SECRET = "the format method leaves the sandbox"


@pytest.fixture
def case(home) -> Case:
    house()
    made = proven(reporter="Ann Lab", at=timezone.now(), **READY)
    bring(made, party("Pallets"), Part.VENDOR)
    return made


@pytest.fixture
def as_person(door):
    """A client with a token that a person of a party owns."""

    def as_person(name: str, of: str, role: MemberRole = MemberRole.LEAD, *scopes: str) -> Door:
        who = somebody(name, party(of), role)
        made = door(*(scopes or ("read", "submit", "coordinate")))
        key = made.client.defaults["HTTP_AUTHORIZATION"].split("_")[1]
        member = Membership.objects.get(person=who.person, party__name=of)
        ApiToken.objects.filter(key=key).update(membership=member)
        return made

    return as_person


def url(case: Case, rest: str = "") -> str:
    return f"/cases/{case.public_id}{rest}"


def test_each_tier_reads_its_part_of_a_case_and_null_for_the_rest(case, as_person):
    vera, ann = as_person("Vera", "Pallets"), as_person("Ann", "Ann Lab")
    bring(case, party("Hospital"), Part.DEPLOYER)
    olga = as_person("Olga", "Hospital")
    full, summary, bare = (each.get(url(case)) for each in (vera, ann, olga))
    assert [each["tier"] for each in (full, summary, bare)] == ["T3", "T1", "T0"]
    assert (full["title"], full["fixes"]) == ("Escape", [])
    assert (summary["title"], summary["fixes"]) == ("Escape", None)
    names = ("title", "cve", "target", "fixes", "findings", "next_steps")
    assert {bare[name] for name in names} == {None}
    assert bare["report_state"] == "valid" and bare["moments"] == []
    assert [each["title"] for each in olga.get("/cases")["items"]] == [None]


def test_a_hidden_case_answers_like_an_absent_one_byte_for_byte(case, as_person):
    sid = as_person("Sid", "Other Inc")
    for rest in ("", "/timeline", "/messages", "/participants", "/clocks", "/readiness"):
        hidden = sid.call("get", url(case, rest))
        absent = sid.call("get", f"/cases/C-2026-999999{rest}")
        assert hidden.status_code == absent.status_code == 404
        assert hidden.content.replace(case.public_id.encode(), b"C-2026-999999") == absent.content


def test_a_person_does_by_token_what_the_policy_allows_and_no_more(case, as_person):
    vera, ann = as_person("Vera", "Pallets"), as_person("Ann", "Ann Lab")
    assert vera.post(url(case, "/events"), {"event": "V"})["cvd"] == "Vfdpxa"
    assert "T2" in ann.post(url(case, "/report"), {"step": "accept"}, 403)["detail"]
    assert "role" in vera.post(url(case, "/bars"), {"party": "P-1", "reason": "So."}, 403)["detail"]
    vera.post("/cases", {"finding": case.finding.public_id}, 403)
    reader = as_person("Vera", "Pallets", MemberRole.LEAD, "read")
    reader.post(url(case, "/messages"), {"text": "x"}, 403)


def test_messages_are_written_and_read_by_tier(case, as_person):
    vera, ann = as_person("Vera", "Pallets"), as_person("Ann", "Ann Lab")
    made = vera.post(url(case, "/messages"), {"text": SECRET}, 201)
    assert (made["party"], made["person"], made["tier"], made["tlp"]) == (
        "Pallets",
        "Vera",
        "T2",
        "TLP:AMBER",
    )
    assert [each["text"] for each in vera.get(url(case, "/messages"))] == [SECRET]
    assert ann.get(url(case, "/messages")) == []
    ann.post(url(case, "/messages"), {"text": "x", "tier": "T2"}, 409)
    ann.post(url(case, "/messages"), {"text": "x", "tier": "T1", "party": "Pallets"}, 422)
    ann.post(url(case, "/messages"), {"text": "x", "tier": "T1", "party": "Ann Lab"}, 201)
    assert Message.objects.get(person__name="Ann").party.name == "Ann Lab"


def test_files_come_back_as_attachments_of_no_type(case, as_person):
    vera, ann = as_person("Vera", "Pallets"), as_person("Ann", "Ann Lab")
    response = vera.call("post", url(case, "/files?name=../evil.html&tier=T2"), b"<script>", "x/y")
    made = answer(response, 201)
    assert (made["name"], made["media_type"], made["size_bytes"]) == ("evil.html", "text/plain", 8)
    got = vera.call("get", url(case, f"/files/{made['id']}"))
    assert got.content == b"<script>"
    assert got["Content-Type"] == "application/octet-stream"
    assert got["Content-Disposition"] == 'attachment; filename="evil.html"'
    assert got["X-Content-Type-Options"] == "nosniff"
    ann.get(url(case, f"/files/{made['id']}"), 404)
    assert ann.get(url(case, "/files")) == []


def test_parties_join_read_consent_and_leave(case, coordinator, as_person):
    made = coordinator.post(
        url(case, "/participants"), {"party": "Ann Lab", "part": "other", "tier": "T2"}, 201
    )
    assert (made["name"], made["part"], made["tier"]) == ("Ann Lab", "other", "T2")
    number = made["number"]
    row = f"/participants/{number}"
    assert coordinator.post(url(case, f"{row}/tier"), {"tier": "T1"})["tier"] == "T1"
    assert coordinator.post(url(case, f"{row}/report"), {"step": "validate"})["report_state"] == (
        "valid"
    )
    embargoed(case, at=timezone.now())
    vera = as_person("Vera", "Pallets")
    assert vera.get(url(case))["tier"] == "T0"
    assert len(vera.get(url(case, "/participants"))) == 1, "one's own"
    vera.post(url(case, "/consent"), {})
    assert vera.get(url(case))["tier"] == "T3"
    assert coordinator.call("post", url(case, f"{row}/part")).status_code == 204
    mine = next(each for each in vera.get(url(case, "/participants")) if each["name"] == "Pallets")
    assert vera.call("post", url(case, f"/participants/{mine['number']}/leave")).status_code == 204
    vera.get(url(case), 404)


def test_read_ins_and_bars_open_and_close(case, coordinator, as_person):
    sid = as_person("Sid", "Other Inc")
    until = (timezone.now() + timedelta(days=9)).isoformat()
    body = {"person": "sid@example.org", "tier": "T2", "reason": "To help.", "until": until}
    row = coordinator.post(url(case, "/read-ins"), body, 201)
    assert sid.get(url(case))["tier"] == "T2"
    assert [each["name"] for each in sid.get(url(case, "/read-ins"))] == ["Sid"]
    bar = coordinator.post(url(case, "/bars"), {"party": "Other Inc", "reason": "So."}, 201)
    sid.get(url(case), 404)
    assert coordinator.call("post", url(case, f"/bars/{bar['number']}/lift")).status_code == 204
    assert sid.get(url(case, "/bars")) == []
    revoke = url(case, f"/read-ins/{row['number']}/revoke")
    assert coordinator.call("post", revoke).status_code == 204
    sid.get(url(case), 404)
    coordinator.post(url(case, "/read-ins"), body | {"party": "Pallets"}, 422)
    coordinator.post(url(case, "/bars"), {"person": "nobody@x", "reason": "So."}, 422)


def test_the_marking_in_force_is_told_beside_the_one_that_was_set(case, coordinator):
    coordinator.post(url(case, "/marking"), {"tlp": "TLP:GREEN"})
    embargoed(fresh(case), at=timezone.now())
    assert coordinator.get(url(case))["tlp"] == "TLP:AMBER"
    coordinator.post(url(case, "/marking"), {"tlp": "TLP:CLEAR"}, 409)
    shown = coordinator.post(url(case, "/marking"), {"tlp": "TLP:AMBER+STRICT"})
    assert shown == {"tlp": "TLP:AMBER+STRICT", "in_force": "TLP:AMBER+STRICT"}


def test_clocks_explain_themselves_and_follow_what_is_said(case, coordinator):
    coordinator.post(url(case, "/events"), {"event": "V"})
    shown = coordinator.post(url(case, "/policies"), {"policy": "cert-cc"})
    first, second = shown["clocks"]
    assert (first["policy"], first["decides"], second["decides"]) == ("cert-cc", True, False)
    assert first["because"] == "45 days after it was reported to the vendor"
    assert first["due_at"] == shown["latest_end"] and first["sources"][0]["url"]
    later = (timezone.now() + timedelta(days=20)).isoformat()
    assert coordinator.post(url(case, "/promise"), {"at": later})["fix_promised_at"]
    assert coordinator.post(url(case, "/signs"), {"sign": "leak"})["signs"] == ["leak"]
    dropped = coordinator.post(url(case, "/policies/drop"), {"policy": "cert-cc"})
    assert [each["policy"] for each in dropped["clocks"]] == ["seawall-default"]
    coordinator.post(url(case, "/policies"), {"policy": "none"}, 422)


def test_a_finder_lead_cannot_shorten_an_embargo_by_a_policy_of_theirs(case, as_person):
    ann = as_person("Ann", "Ann Lab")
    ann.post(url(case, "/policies"), {"policy": "cert-cc"}, 403)


def test_credits_ids_and_hops(case, coordinator, as_person):
    ann = as_person("Ann", "Ann Lab")
    assert [each["named"] for each in ann.get(url(case, "/credits"))] == [True, True]
    assert ann.call("post", url(case, "/credits/wish"), {"wish": "anonymous"}).status_code == 204
    (edited,) = [each for each in ann.get(url(case, "/credits")) if each["number"]]
    assert (edited["wish"], edited["named"]) == ("anonymous", False)
    back = coordinator.post(url(case, f"/credits/{edited['number']}/drop"))
    assert [each["number"] for each in back] == [None, None]
    body = {"name": "Bo", "role": "analyst", "wish": "named"}
    assert coordinator.post(url(case, "/credits"), body)[-1]["name"] == "Bo"
    made = coordinator.post(url(case, "/handling-ids"), {"system": "JVN", "text": "1"}, 201)
    assert [each["text"] for each in ann.get(url(case, "/handling-ids"))] == ["1"]
    drop = url(case, f"/handling-ids/{made['number']}/drop")
    assert coordinator.call("post", drop).status_code == 204
    assert ann.get(url(case, "/hops")) == []


def test_a_timeline_tells_what_its_reader_may_know(case, coordinator, as_person):
    messages.write(case, SECRET, by=LOCAL, now=timezone.now())
    vera, ann = as_person("Vera", "Pallets"), as_person("Ann", "Ann Lab")
    whats = [{each["what"] for each in who.get(url(case, "/timeline"))} for who in (vera, ann)]
    assert "case.message_posted" in whats[0] - whats[1]


def test_a_case_goes_to_its_vendor_who_answers(case, coordinator, as_person):
    vera = as_person("Vera", "Pallets")
    assert {each["lacks"] for each in coordinator.get(url(case, "/readiness"))} == {""}
    made = coordinator.post(url(case, "/handovers"), {"vendor": "Pallets"}, 201)
    assert made["state"] == "waiting"
    assert vera.get("/handovers")["items"] == []
    vera.get(f"/handovers/{made['id']}", 404)
    handovers.hand_over_due(party("Pallets"), by=LOCAL, now=timezone.now())
    (mine,) = vera.get("/handovers?state=handed over")["items"]
    assert (mine["id"], mine["case"]) == (made["id"], case.public_id)
    vera.post(f"/handovers/{made['id']}", {"answer": "withdraw"}, 403)
    told = vera.post(f"/handovers/{made['id']}", {"answer": "acknowledge", "words": "On it."})
    assert (told["state"], told["answer"]) == ("acknowledged", "On it.")
    coordinator.post(f"/handovers/{made['id']}", {"answer": "withdraw"}, 409)


def test_capacity_is_said_by_the_vendor_and_read_by_it_and_the_house(case, coordinator, as_person):
    vera, sid = as_person("Vera", "Pallets"), as_person("Sid", "Other Inc")
    mine = f"/capacity/{party('Pallets').public_id}"
    assert vera.get(mine)["per_week"] == 5
    assert vera.post(mine, {"per_week": 2, "raw_feed": True})["per_week"] == 2
    assert coordinator.post(mine, {"products": ["pkg:pypi/jinja2"]})["products"]
    assert vera.get(f"{mine}/raw-feed")["items"] == []
    vera.post(mine, {"products": ["pkg:npm"]}, 403)
    vera.post(mine, {"per_week": 0}, 422)
    hidden = sid.call("get", mine)
    absent = sid.call("get", "/capacity/P-999999")
    assert hidden.content.replace(mine[10:].encode(), b"P-999999") == absent.content
    assert budgets.row_of(party("Pallets")).per_week == 2


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("rest", "queries"),
    [("/messages", 9), ("/participants", 8), ("/handovers", 2), ("/timeline", 10)],
)
def test_lists_take_a_fixed_number_of_queries(
    case, coordinator, count, rest, queries, django_assert_num_queries
):
    for number in range(count):
        vendor = party(f"Vendor {number}")
        bring(case, vendor, Part.VENDOR)
        handovers.ask(case, vendor, by=LOCAL, now=timezone.now())
        messages.write(case, "Words", tier=Tier.T1, by=LOCAL, now=timezone.now())
    asked = rest if rest == "/handovers" else url(case, rest)
    with django_assert_num_queries(queries):
        assert coordinator.get(asked)


def test_an_earlier_case_is_named_to_who_may_know_of_it(case, as_person, door):
    later = proven("Another", reporter="Bob Lab", at=timezone.now())
    bring(later, party("Hospital"), Part.VENDOR)
    Case.objects.filter(pk=later.pk).update(merged_into=case)
    olga = as_person("Olga", "Hospital")
    (listed,) = olga.get("/cases?merged=true")["items"]
    assert listed["title"] == "Another"
    assert olga.get(url(later))["merged_into"] is listed["merged_into"] is None
    assert door("read").get(url(later))["merged_into"] == case.public_id
    bring(case, party("Hospital"), Part.DEPLOYER)
    assert olga.get(url(later))["merged_into"] == case.public_id
