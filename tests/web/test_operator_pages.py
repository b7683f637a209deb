"""The operator's view: systems, SBOMs, what is due and why, evidence, one advisory checked."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from api.doors import CVE, kev, osv, sbom
from seawall.directives.models import Obligation
from seawall.inventory import catalogue
from seawall.inventory.models import Asset, Exposure
from seawall.ledger.models import Event
from seawall.parties.models import Party
from seawall.vocab.actors import LOCAL
from validation.records import NOON

NAME = "Ward register"


@pytest.fixture
def advisories(home, db) -> None:
    from seawall.formats.kev import read_kev

    catalogue.import_documents([("osv.json", osv())], source="test", by=LOCAL, now=NOON)
    catalogue.import_kev(read_kev(kev(CVE)), by=LOCAL, now=NOON)
    catalogue.rebuild_index()


def file_of(*purls: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("sbom.json", json.dumps(sbom(*purls)).encode())


@pytest.fixture
def system(visit, advisories):
    """An operator with a federal system that runs jinja2 3.1.4."""
    who = visit("operator")
    data = {"name": NAME, "kind": "civilian-federal", "reached": "yes"}
    who.post("/operator/systems", data | {"sbom": file_of("pkg:pypi/jinja2@3.1.4")})
    return who


def test_a_newcomer_is_told_what_to_do(visit, home, db):
    assert "Describe your first system" in visit("operator").get("/operator")
    assert "You describe no systems" in visit("viewer").get("/operator")


def test_an_sbom_says_at_once_what_hits_and_by_when(system):
    exposure, due = Exposure.objects.get(), Obligation.objects.get(directive="BOD 26-04")
    assert exposure.vulnerability == CVE
    text = system.get("/operator")
    for shown in (CVE, NAME, "BOD 26-04", "jinja2", "3.1.5", "closes 1 exposure", "in 1 system"):
        assert shown in text
    text = system.get(f"/operator/obligations/{due.public_id}")
    assert due.explanation.replace("'", "&#x27;") in text
    for clause in ("BOD 26-04, table 1", "in KEV", "publicly exposed", f"{due.row}:"):
        assert clause in text


def test_a_new_sbom_closes_what_was_fixed(system):
    asset = Asset.objects.get()
    url = f"/operator/systems/{asset.public_id}"
    system.post(f"{url}/sbom", {"sbom": file_of("pkg:pypi/jinja2@3.1.6")})
    assert "Nothing known hits it." in system.get(url)
    assert CVE in system.get(f"{url}?closed=yes")
    assert not Obligation.objects.filter(closed_at=None).exists()


def test_an_sbom_that_cannot_be_read_changes_nothing(system):
    url = f"/operator/systems/{Asset.objects.get().public_id}"
    system.post(f"{url}/sbom", {"sbom": SimpleUploadedFile("sbom.json", b"no")})
    assert CVE in system.get(url)
    assert "error" in system.get(url) or Exposure.objects.filter(closed_at=None).count() == 1
    system.post(f"{url}/sbom", {}, 422)


def test_an_obligation_is_closed_by_evidence(system):
    due = Obligation.objects.get(directive="BOD 26-04")
    url = f"/operator/obligations/{due.public_id}"
    system.post(url, {"closed_as": "mitigated", "evidence": " "}, 422)
    assert Obligation.objects.get(pk=due.pk).closed_at is None
    system.post(url, {"closed_as": "mitigated", "evidence": "Rule 7 in the proxy."})
    row = Obligation.objects.get(pk=due.pk)
    assert (row.closed_as, row.evidence) == ("mitigated", "Rule 7 in the proxy.")
    assert Event.objects.filter(what="obligation.closed").count() == 1
    assert "Rule 7 in the proxy." in system.get(url)
    assert due.public_id in system.get("/operator/obligations?when=closed")


@pytest.mark.parametrize("kind", ["finder", "vendor", "coordinator", "lead", "admin"])
def test_systems_are_nobody_elses_to_see(visit, system, kind):
    who, asset = visit(kind), Asset.objects.get()
    due = Obligation.objects.all()[0]
    assert NAME not in who.get("/operator")
    assert CVE not in who.get("/operator/obligations")
    assert "hits none of your systems" in who.get(f"/operator/check?name={CVE}")
    who.get(f"/operator/systems/{asset.public_id}", 404)
    who.post(f"/operator/systems/{asset.public_id}/sbom", {"sbom": file_of()}, 404)
    who.get(f"/operator/obligations/{due.public_id}", 404)
    who.post(f"/operator/obligations/{due.public_id}", {"evidence": "x"}, 404)


def test_systems_are_made_for_ones_own_party_alone(visit, system):
    other = Party.objects.create(name="Other Bank", roles=["deployer"])
    data = {"name": "Theirs", "kind": "other", "party": str(other.pk)}
    system.post("/operator/systems", data)
    assert Asset.objects.get(name="Theirs").owner.name == "City Hospital"


def test_one_advisory_is_checked_by_its_name(system):
    text = system.get(f"/operator/check?name={CVE.lower()}")
    assert "hits your systems" in text
    assert NAME in text
    assert "hits none of your systems" in system.get("/operator/check?name=CVE-1999-0001")


def test_a_document_is_checked_whole(system):
    document = SimpleUploadedFile("a.json", json.dumps(osv()).encode())
    text = system.client.post("/operator/check", {"document": document}).content.decode()
    assert "well formed" in text
    assert "not an advisory of this installation" in text
    assert "hits your systems" in text
    broken = SimpleUploadedFile("a.json", b'{"x": 1}')
    answer = system.client.post("/operator/check", {"document": broken})
    assert answer.status_code == 422
    assert "no document of a known kind" in answer.content.decode()
