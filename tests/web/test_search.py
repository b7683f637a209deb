"""Search: ids and CVEs jump, words find, and what may not be seen is not found."""

import pytest

from cases.casework import finding, prove
from seawall.cases.actions import open_case
from seawall.cases.models import Case
from seawall.findings.models import Finding
from seawall.inventory.models import Asset
from seawall.parties.models import Party
from seawall.vocab.actors import LOCAL
from validation.records import NOON

CVE = "CVE-2024-56326"


@pytest.fixture
def case(home, db) -> Case:
    row = finding("Template text escapes the sandbox", identifiers=[CVE], reporter="Deep Lab")
    prove(row)
    return open_case(row, by=LOCAL, now=NOON)


def leads_to(who, q: str) -> str:
    """Where a search jumps; "" when it shows a list."""
    answer = who.client.get("/search", {"q": q})
    return answer.headers.get("Location", "")


@pytest.mark.parametrize("kind", ["coordinator", "finder"])
def test_an_id_jumps_in_any_spelling(visit, case, kind):
    who = visit(kind)
    id = case.finding.public_id
    assert leads_to(who, id) == leads_to(who, f" {id.lower()} ") == f"/findings/{id}"


@pytest.mark.parametrize("kind", ["vendor", "operator"])
@pytest.mark.parametrize("what", ["id", "case", "cve", "title", "target"])
def test_what_may_not_be_seen_answers_like_what_is_not_there(visit, case, kind, what):
    who = visit(kind)
    asked, absent = {
        "id": (case.finding.public_id, "F-2026-000999"),
        "case": (case.public_id, "C-2026-000999"),
        "cve": (CVE, "CVE-1999-0001"),
        "title": ("sandbox", "sandglass"),
        "target": ("pkg:pypi/jinja2", "pkg:pypi/absent"),
    }[what]
    texts = [
        who.client.get("/search", {"q": q}).content.decode().replace(q.replace(":", "%3A"), "X")
        for q in (asked, absent)
    ]
    shown = [text.split("<main", 1)[1].split("</main>")[0] for text in texts]
    assert "Nothing matches" in shown[0]
    assert shown[0].replace(asked, "X") == shown[1].replace(absent, "X")


@pytest.mark.parametrize("q", ["sandbox", "TEMPLATE esc", "jinja2", "pkg:pypi/jinja2", CVE.lower()])
def test_words_targets_and_identifiers_find_for_the_house(visit, case, q):
    text = visit("coordinator").get(f"/search?q={q}")
    assert case.finding.public_id in text
    assert "Findings" in text


def test_a_finder_finds_what_their_own_party_sent(visit, case):
    assert case.finding.public_id in visit("finder").get("/search?q=sandbox")


def test_systems_are_found_by_their_owner_alone(visit, home):
    who, other = visit("operator"), visit("coordinator")
    owner = Party.objects.get(name="City Hospital")
    row = Asset.objects.create(
        owner=owner, name="Ward server", system_class="civilian_federal", created_at=NOON
    )
    assert row.public_id in who.get("/search?q=ward")
    assert leads_to(who, row.public_id)
    assert row.public_id not in other.get("/search?q=ward")
    assert leads_to(other, row.public_id) == ""


def test_parties_are_found_by_the_house_and_by_themselves(visit, home):
    vendor, house = visit("vendor"), visit("coordinator")
    visit("operator")
    assert "City Hospital" in house.get("/search?q=hospital")
    assert "City Hospital" not in vendor.get("/search?q=hospital")
    assert "Pallets" in vendor.get("/search?q=pallets")


@pytest.mark.parametrize("q", ["", "   ", "x" * 5000, "%00", "F-1-" + "9" * 40, "'\"<b>", "CVE-"])
def test_any_text_may_be_asked_for(visit, q):
    assert "<b>" not in visit("coordinator").client.get("/search", {"q": q}).content.decode()


def test_nobody_in_particular_signs_in_first(visit, case):
    answer = visit("nobody").client.get("/search?q=sandbox")
    assert answer["Location"].startswith("/sign-in")


def test_a_search_costs_the_same_with_one_and_with_three(visit, case, count_queries):
    who = visit("coordinator")
    one = count_queries(lambda: who.get("/search?q=sandbox"))
    for number in (2, 3):
        finding(f"Sandbox again {number}", reporter=f"Lab {number}")
    assert Finding.objects.count() == 3
    assert count_queries(lambda: who.get("/search?q=sandbox")) == one
