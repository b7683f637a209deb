"""What operators do over the API: check, import, look at exposures, close obligations."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from api.doors import CVE, JINJA, answer, kev, osv, sbom, ssvc
from seawall.directives.models import Obligation
from seawall.inventory.models import Asset, CatalogueDocument, KevEntry, Sbom
from seawall.ledger.models import Event

pytestmark = pytest.mark.django_db

OLD = datetime(2020, 1, 1, tzinfo=UTC)
AGENCY = {
    "owner": "Agency",
    "name": "portal",
    "system_class": "civilian-federal",
    "publicly_exposed": True,
}


def portal(coordinator, *purls: str, **change) -> str:
    """The id of an asset whose SBOM lists these components."""
    made = coordinator.call("post", "/assets", AGENCY | change)
    asset = json.loads(made.content)["id"]
    coordinator.put(f"/assets/{asset}/sbom", sbom(*(purls or (JINJA,))))
    return asset


def test_a_check_says_what_hits_an_sbom_and_stores_nothing(reader, coordinator):
    coordinator.post("/catalogue/advisories", osv())
    events = Event.objects.count()
    found = reader.post("/checks", sbom(JINJA, "pkg:pypi/requests@2.32.0"))
    assert (found["affected"], found["checked"]) == (True, 2)
    (match,) = found["matches"]
    assert (match["id"], match["purl"], match["fixed"]) == (CVE, JINJA, ["3.1.5"])
    assert "1 vulnerability in 1 component" in found["summary"]
    assert (Event.objects.count(), Sbom.objects.count(), Asset.objects.count()) == (events, 0, 0)


def test_a_check_prints_what_the_command_prints(reader, coordinator, tmp_path):
    from click.testing import CliRunner

    from seawall.cli.check import command

    coordinator.post("/catalogue/advisories", osv())
    (tmp_path / "sbom.json").write_text(json.dumps(sbom(JINJA)))
    (tmp_path / "osv.json").write_text(json.dumps(osv()))
    files = [str(tmp_path / "sbom.json"), "--advisories", str(tmp_path / "osv.json")]
    printed = CliRunner().invoke(command, [*files, "--json"]).stdout
    assert reader.post("/checks", sbom(JINJA)) == json.loads(printed)


def test_a_check_that_looked_at_nothing_is_no_success(reader, coordinator):
    assert "no advisories" in reader.post("/checks", sbom(JINJA), status=409)["detail"]
    coordinator.post("/catalogue/advisories", osv())
    nothing = reader.post("/checks", sbom("pkg:github/example/project@1"), status=422)
    assert nothing["report"]["checked"] == 0
    assert nothing["report"]["not_checked"]
    reader.post("/checks", {"hello": "world"}, status=422)


def test_advisories_are_imported_and_bad_ones_refused_alone(coordinator):
    lines = "\n".join(json.dumps(each) for each in (osv(), osv("CVE-2024-1"), {"no": 1}))
    url = "/catalogue/advisories?source=nightly"
    done = answer(coordinator.call("post", url, lines.encode()), 200)
    assert (done["added"], done["updated"], done["unchanged"], done["indexed"]) == (2, 0, 0, 2)
    assert [each["where"] for each in done["refused"]] == ["line 3"]
    again = answer(coordinator.call("post", url, gzip.compress(lines.encode())), 200)
    assert (again["added"], again["unchanged"]) == (0, 2)
    assert set(CatalogueDocument.objects.values_list("source", flat=True)) == {"nightly"}
    coordinator.post("/catalogue/advisories", {"no": 1}, status=422)


def test_the_catalogue_says_what_it_holds(coordinator):
    assert coordinator.get("/catalogue") == {"catalogues": [], "documents": {}}
    coordinator.post("/catalogue/advisories", osv())
    done = coordinator.post("/catalogue/kev", kev(CVE, "CVE-2024-1111"))
    assert (done["version"], done["entries"], done["refused"]) == ("2026.11.20", 2, [])
    line = json.dumps(ssvc(CVE)).encode() + b"\n{}\n"
    done = answer(coordinator.call("post", "/catalogue/ssvc?source=CISA", line), 200)
    assert (done["entries"], done["refused"][0]["where"]) == (1, "line 2 /")
    shown = coordinator.get("/catalogue")
    assert shown["documents"] == {"osv": 1}
    states = [(each["name"], each["version"], each["entries"]) for each in shown["catalogues"]]
    assert states == [("kev", "2026.11.20", 2), ("ssvc", "CISA", 1)]


def test_a_catalogue_that_cannot_be_read_replaces_nothing(coordinator):
    coordinator.post("/catalogue/kev", kev(CVE))
    coordinator.post("/catalogue/kev", {"vulnerabilities": "none"}, status=422)
    answer(coordinator.call("post", "/catalogue/ssvc", b"hello"), 422)
    assert KevEntry.objects.count() == 1


def test_an_asset_is_described_and_described_anew(coordinator):
    response = coordinator.call("post", "/assets", AGENCY)
    made = answer(response, 201)
    assert (made["owner"], made["name"], made["publicly_exposed"]) == ("Agency", "portal", True)
    changed = coordinator.post("/assets", AGENCY | {"publicly_exposed": None})
    assert (changed["id"], changed["publicly_exposed"]) == (made["id"], None)
    assert coordinator.client.get(response["Location"]).json() == changed
    coordinator.post("/assets", AGENCY | {"system_class": "moon"}, status=422)
    coordinator.post("/assets", AGENCY | {"owner": "  "}, status=422)


def test_an_sbom_is_matched_and_its_exposures_end_with_it(coordinator):
    coordinator.post("/catalogue/advisories", osv())
    asset = coordinator.post("/assets", AGENCY, status=201)["id"]
    url = f"/assets/{asset}"
    done = coordinator.put(f"{url}/sbom", sbom(JINJA))
    assert (done["components"], done["opened"], done["closed"], done["obligations"]) == (1, 1, 0, 1)
    (shown,) = coordinator.get(f"{url}/exposures")["items"]
    assert (shown["vulnerability"], shown["purl"], shown["fixed_versions"]) == (
        CVE,
        JINJA,
        ["3.1.5"],
    )
    assert coordinator.get(url)["open_exposures"] == 1
    done = coordinator.put(f"{url}/sbom", sbom("pkg:pypi/jinja2@3.1.5"))
    assert (done["opened"], done["closed"], done["obligations"]) == (0, 1, 0)
    assert coordinator.get(f"{url}/exposures")["items"] == []
    (closed,) = coordinator.get(f"{url}/exposures?closed=true")["items"]
    assert closed["closed_because"] == "The SBOM has jinja2 3.1.5 now, which is not affected."
    coordinator.put(f"{url}/sbom", {"hello": 1}, status=422)


def test_an_obligation_says_why_and_is_closed_by_evidence(coordinator):
    coordinator.post("/catalogue/advisories", osv())
    coordinator.post("/catalogue/kev", kev(CVE))
    coordinator.post("/catalogue/ssvc", ssvc(CVE, automatable="no", impact="partial"))
    portal(coordinator)
    rules = {each["directive"]: each for each in coordinator.get("/obligations")["items"]}
    shown = rules["BOD 26-04"]
    assert (shown["row"], shown["outcome"], shown["asset"]) == (5, "14 days", "portal")
    assert shown["answers"]["in_kev"] == {
        "value": "yes",
        "source": f"KEV lists {CVE} since 2026-11-20",
        "assumed": False,
    }
    url = f"/obligations/{shown['id']}"
    assert coordinator.get(url) == shown
    coordinator.post(f"{url}/close", {"as": "mitigated", "evidence": "  "}, status=422)
    coordinator.post(f"{url}/close", {"as": "no longer bound", "evidence": "x"}, status=422)
    closed = coordinator.post(f"{url}/close", {"as": "mitigated", "evidence": "Rule 7 of the WAF."})
    assert (closed["closed_as"], closed["evidence"]) == ("mitigated", "Rule 7 of the WAF.")
    body = {"as": "remediated", "evidence": "x"}
    assert "no open obligation" in coordinator.post(f"{url}/close", body, status=404)["detail"]
    open_now = [each["id"] for each in coordinator.get("/obligations")["items"]]
    assert shown["id"] not in open_now
    every = [each["id"] for each in coordinator.get("/obligations?closed=true")["items"]]
    assert shown["id"] in every


def test_obligations_are_narrowed(coordinator):
    coordinator.post("/catalogue/advisories", osv())
    portal(coordinator)
    portal(coordinator, name="mail")

    def names(query: str) -> list[str]:
        return [each["asset"] for each in coordinator.get(f"/obligations?{query}")["items"]]

    assert names("asset=mail") == ["mail"]
    assert names("directive=BOD 26-04") == ["portal", "mail"]
    assert names("directive=BOD 1") == names("overdue=true") == []
    Obligation.objects.filter(exposure__asset__name="mail").update(due_at=OLD)
    assert names("overdue=true") == ["mail"]


def test_obligations_come_by_urgency_page_by_page(coordinator):
    identifiers = [f"CVE-2024-100{n}" for n in range(6)]
    for identifier in identifiers:
        coordinator.post("/catalogue/advisories", osv(identifier))
    portal(coordinator)
    days = {0: 3, 1: None, 2: 1, 3: 1, 4: None, 5: 2}
    for number, name in enumerate(identifiers):
        day = days[number]
        due = None if day is None else OLD + timedelta(days=day)
        Obligation.objects.filter(exposure__vulnerability=name).update(due_at=due)
    seen, after = [], ""
    while after is not None:
        page = coordinator.get(f"/obligations?limit=2&after={after}")
        seen += [int(each["vulnerability"][-1]) for each in page["items"]]
        after = page["next"]
    assert seen == [2, 3, 5, 0, 1, 4]
    assert coordinator.get("/obligations?after=O-999", 422)["where"] == "after"


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("url", "queries", "each"),
    [
        ("/assets", 2, 1),
        ("/obligations", 2, 1),
        ("/assets/A/exposures", 3, 1),
        ("/catalogue", 3, 0),
    ],
)
def test_a_list_takes_a_fixed_number_of_queries(
    coordinator, count, url, queries, each, django_assert_num_queries
):
    for number in range(count):
        coordinator.post("/catalogue/advisories", osv(f"CVE-2024-100{number}"))
    if url == "/assets":
        for number in range(count):
            portal(coordinator, name=f"asset {number}")
    else:
        url = url.replace("/A/", f"/{portal(coordinator)}/")
    with django_assert_num_queries(queries):
        shown = coordinator.get(url)
    assert len(shown.get("items", [])) == count * each


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800"])
def test_text_that_no_database_stores_is_refused_with_its_place(coordinator, text):
    body = f'{{"owner": "Agency", "name": "a{text}b"}}'.encode()
    refused = answer(coordinator.call("post", "/assets", body), 422)
    assert refused["where"] == "/name"
    assert not Asset.objects.exists()
