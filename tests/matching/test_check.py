"""An SBOM checked: the report and its exports."""

import json
from datetime import UTC, datetime
from importlib.resources import files
from uuid import UUID

import jsonschema_rs
import pytest

from osvrecords import osv
from seawall.formats.schemas import load_schema
from seawall.matching.check import check_sbom
from seawall.matching.export.cyclonedx import to_cyclonedx
from seawall.matching.export.openvex import to_openvex
from seawall.matching.export.sarif import to_sarif
from seawall.matching.index import AdvisoryIndex
from seawall.matching.severity import severity_of_match
from seawall.vocab.components import Component, SbomDocument

NOW = datetime(2026, 6, 2, 14, tzinfo=UTC)
ID = UUID(int=1)
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def sbom(*purls, unusable=()):
    parts = tuple(
        Component(ref=f"r{i}", name=f"n{i}", version="1" if purl else "", purl=purl)
        for i, purl in enumerate(purls)
    )
    lost = tuple(f"{c.name} has no package URL" for c in parts if not c.purl)
    return SbomDocument(
        format="CycloneDX", spec_version="1.5", name="app", components=parts,
        unusable=(*lost, *unusable),
    )  # fmt: skip


@pytest.fixture
def index():
    return AdvisoryIndex.build(
        [
            osv("GHSA-1", aliases=["CVE-2024-1"], severity=[{"type": "CVSS_V3", "score": VECTOR}]),
            osv("PYSEC-2", fixed="", database_specific={"severity": "Moderate"}),
            osv("PYSEC-3", fixed="???"),
        ]
    )


def test_the_report_counts_what_was_checked_and_what_was_not(index):
    report = check_sbom(
        index,
        sbom(
            "pkg:pypi/jinja2@3.1.4", "pkg:pypi/flask@1", "pkg:npm/a@1", "", unusable=["/x is bad"]
        ),
    )
    assert report.affected
    assert (report.checked, report.unchecked) == (2, 3)
    assert report.not_checked == {
        "no advisories for npm": 1,
        "no package URL": 1,
        "unreadable parts of the SBOM": 1,
    }
    assert report.examples["unreadable parts of the SBOM"] == ("/x is bad",)
    assert report.summary() == (
        "2 components checked against 3 advisories: 2 vulnerabilities in 1 component. "
        "1 advisory undecided. NOT CHECKED: 3 components (1 no advisories for npm; "
        "1 no package URL; 1 unreadable parts of the SBOM)."
    )


def test_a_check_that_checked_nothing_does_not_look_clean(index):
    report = check_sbom(index, sbom("pkg:npm/a@1"))
    assert report.checked == 0
    assert report.summary().startswith("Nothing was checked. NOT CHECKED: 1 component")


def test_severity_is_the_worst_vector_else_the_sources_word(index):
    first, second = check_sbom(index, sbom("pkg:pypi/jinja2@3.1.4")).matches
    assert severity_of_match(first) == ("CRITICAL", 9.8, VECTOR)
    assert severity_of_match(second) == ("MEDIUM", None, "")


def _full(index):
    return check_sbom(index, sbom("pkg:pypi/jinja2@3.1.4", "pkg:pypi/jinja2@3.1.3", "pkg:npm/a@1"))


def sarif_validator():
    """The official schema; one of its patterns has a stray bracket that strict engines refuse."""
    schema = json.dumps(load_schema("sarif/sarif-2.1.0.json"))
    assert schema.count("{2}]?$") == 2
    return jsonschema_rs.validator_for(json.loads(schema.replace("{2}]?$", "{2}$")))


def test_sarif_is_valid_and_says_what_was_not_checked(index):
    log = json.loads(json.dumps(to_sarif(_full(index), artifact="my sbom.json")))
    sarif_validator().validate(log)
    (run,) = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["GHSA-1", "PYSEC-2"]
    assert [r["ruleIndex"] for r in run["results"]] == [0, 1, 0, 1]
    assert [r["level"] for r in run["results"]] == ["error", "warning", "error", "warning"]
    told = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert "1 not checked: no advisories for npm" in told


def cyclonedx_validator():
    """The official schema of CycloneDX 1.5, which ships with cyclonedx-python-lib."""
    folder = files("cyclonedx.schema") / "_res"
    names = ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json")
    parts = [
        (f"http://cyclonedx.org/schema/{name}", json.loads(_text(folder, name))) for name in names
    ]
    schema = json.loads(_text(folder, "bom-1.5.SNAPSHOT.schema.json"))
    return jsonschema_rs.Draft7Validator(schema, registry=jsonschema_rs.Registry(parts))


def _text(folder, name):
    return (folder / name).read_text("utf-8")


def test_cyclonedx_is_valid(index):
    bom = to_cyclonedx(_full(index), now=NOW, serial=ID)
    cyclonedx_validator().validate(json.loads(json.dumps(bom)))
    one, two = bom["vulnerabilities"]
    assert (one["id"], one["ratings"][0]["score"], len(one["affects"])) == ("GHSA-1", 9.8, 2)
    assert one["recommendation"] == "Upgrade to 3.1.5."
    assert two["ratings"] == [{"severity": "medium"}]


def test_openvex_is_valid(index):
    vex = to_openvex(_full(index), author="me", now=NOW, document=ID)
    jsonschema_rs.validator_for(load_schema("openvex/openvex-0.2.0.json")).validate(vex)
    assert [(s["vulnerability"]["name"], s["status"]) for s in vex["statements"]] == [
        ("GHSA-1", "affected"),
        ("PYSEC-2", "affected"),
        ("PYSEC-3", "under_investigation"),
    ]
    assert vex["statements"][0]["action_statement"] == "Upgrade to 3.1.5."
    assert vex["statements"][1]["action_statement"] == "No fix is known."
