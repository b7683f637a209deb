"""CSAF 2.0 documents: read, written back as they were, and turned into advisories."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from realdata import read_jsonl
from seawall.formats.csaf import read_csaf, write_csaf
from seawall.formats.csaf_advisories import to_advisories
from seawall.formats.csaf_products import products_of
from seawall.formats.csaf_ranges import read_range
from seawall.vocab.advisories import EventKind, RangeEvent, Severity
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp

EXCERPTS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "vectors/formats/csaf-excerpts.jsonl")
    .read_text()
    .splitlines()
]
CISA = "advisories/csaf-cisa.jsonl.zst"


def same_json(left: Any, right: Any) -> bool:
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def product(id_: str, *, purl: str = "", name: str = "") -> dict[str, Any]:
    helper = {"product_identification_helper": {"purl": purl}} if purl else {}
    return {"product_id": id_, "name": name or id_, **helper}


def document(**vulnerability: Any) -> dict[str, Any]:
    return {
        "document": {
            "category": "csaf_security_advisory",
            "csaf_version": "2.0",
            "title": "Two packages",
            "publisher": {
                "category": "vendor",
                "name": "Example",
                "namespace": "https://a.example",
            },
            "tracking": {
                "id": "EX-1",
                "status": "final",
                "version": "1",
                "initial_release_date": "2026-01-01T00:00:00Z",
                "current_release_date": "2026-01-02T00:00:00Z",
                "revision_history": [
                    {"number": "1", "date": "2026-01-01T00:00:00Z", "summary": "First"}
                ],
            },
        },
        "product_tree": {
            "branches": [
                {
                    "category": "vendor",
                    "name": "Example",
                    "branches": [
                        {
                            "category": "product_name",
                            "name": "Widget",
                            "branches": [
                                {
                                    "category": "product_version_range",
                                    "name": "vers:pypi/>=1.0|<1.5",
                                    "product": product("P1", purl="pkg:pypi/widget"),
                                },
                                {
                                    "category": "product_version",
                                    "name": "1.5",
                                    "product": product("P2", purl="pkg:pypi/widget@1.5"),
                                },
                                {
                                    "category": "product_version_range",
                                    "name": "everything sold in spring",
                                    "product": product("P3", name="Widget of spring"),
                                },
                            ],
                        }
                    ],
                }
            ],
            "full_product_names": [
                product("OPEN", purl="pkg:npm/%40a/b"),
                product("OPENFIX", purl="pkg:npm/%40a/b@2.0.0"),
                product("OS", name="Example OS 12"),
                product("DEB", purl="pkg:deb/debian/expat@2.5.0-1?distro=debian-12"),
            ],
            "relationships": [
                {
                    "category": "default_component_of",
                    "product_reference": "DEB",
                    "relates_to_product_reference": "OS",
                    "full_product_name": product("DEB-ON-OS"),
                }
            ],
        },
        "vulnerabilities": [{"cve": "CVE-2026-0001", **vulnerability}],
    }


def affected(*ids: str, **more: Any) -> dict[str, Any]:
    return document(product_status={"known_affected": list(ids), **more})


@pytest.mark.parametrize("obj", EXCERPTS, ids=lambda obj: obj["document"]["tracking"]["id"])
def test_a_real_document_is_written_as_it_was_read(obj):
    assert same_json(write_csaf(read_csaf(obj)), obj)


def test_a_sample_of_cisas_documents_is_imported_and_written_as_it_was_read():
    for number, obj in enumerate(read_jsonl(CISA)):
        if number % 25 == 0:
            read = read_csaf(obj)
            assert same_json(write_csaf(read), obj)
            assert len(to_advisories(read)) == len(obj["vulnerabilities"])


@pytest.mark.slow
def test_every_document_of_cisa_is_imported_and_written_as_it_was_read():
    documents = products = unread = 0
    for obj in read_jsonl(CISA):
        read = read_csaf(obj)
        assert same_json(write_csaf(read), obj)
        advisories = to_advisories(read)
        assert len(advisories) == len(obj["vulnerabilities"])
        for advisory, vulnerability in zip(advisories, obj["vulnerabilities"], strict=True):
            status = vulnerability["product_status"]
            assert len(advisory.affected) == len(set(status["known_affected"]))
            assert all(package.ranges or package.versions for package in advisory.affected)
            products += len(advisory.affected)
            unread += sum("unread_range" in p.extra["csaf"] for p in advisory.affected)
        documents += 1
    assert documents == 2383
    assert unread < products * 0.05


def test_cisas_adminer_document_becomes_advisories():
    advisories = to_advisories(read_csaf(EXCERPTS[0]))
    first = advisories[0]
    assert first.id == f"VA-24-201-01#{first.aliases[0]}"
    assert first.tlp is Tlp.CLEAR
    assert first.related == ("VA-24-201-01",)
    assert first.cwes
    assert first.severities[0].scheme == "CVSS_V3"


def test_a_product_with_a_purl_gets_ecosystem_name_and_range():
    (advisory,) = to_advisories(read_csaf(affected("P1")))
    (package,) = advisory.affected
    assert (package.ecosystem, package.name, package.purl) == (
        "PyPI",
        "widget",
        "pkg:pypi/widget",
    )
    assert package.ranges[0].events == (
        RangeEvent(kind=EventKind.INTRODUCED, version="1.0"),
        RangeEvent(kind=EventKind.FIXED, version="1.5"),
    )
    assert package.extra["csaf"]["vendor"] == "Example"


def test_the_version_of_a_purl_is_the_affected_version():
    (package,) = to_advisories(read_csaf(affected("P2")))[0].affected
    assert (package.versions, package.ranges) == (("1.5",), ())


def test_a_range_in_words_leaves_every_version_affected_and_says_so():
    (package,) = to_advisories(read_csaf(affected("P3")))[0].affected
    assert (package.ecosystem, package.name) == ("", "Widget of spring")
    assert package.ranges[0].events == (RangeEvent(kind=EventKind.INTRODUCED, version="0"),)
    assert package.extra["csaf"]["unread_range"] == "everything sold in spring"


def test_a_fixed_purl_ends_the_range_of_the_same_package():
    (package,) = to_advisories(read_csaf(affected("OPEN", fixed=["OPENFIX"])))[0].affected
    assert (package.ecosystem, package.name) == ("npm", "@a/b")
    assert package.ranges[0].events[1] == RangeEvent(kind=EventKind.FIXED, version="2.0.0")


def test_a_related_product_keeps_its_components_identity_and_names_its_platform():
    read = read_csaf(affected("DEB-ON-OS"))
    assert products_of(read)["DEB-ON-OS"].platform == "Example OS 12"
    (package,) = to_advisories(read)[0].affected
    assert (package.name, package.versions) == ("expat", ("2.5.0-1",))
    assert package.extra["csaf"]["platform"] == "Example OS 12"


def test_scores_weaknesses_and_thanks_are_taken_over():
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    obj = document(
        cwe={"id": "CWE-79", "name": "XSS"},
        scores=[{"products": ["P1"], "cvss_v3": {"vectorString": vector, "version": "3.1"}}] * 2,
        acknowledgments=[{"names": ["A", "B"]}, {"organization": "C"}],
        ids=[{"system_name": "GitHub", "text": "ghsa-2222-3333-4444"}],
    )
    (advisory,) = to_advisories(read_csaf(obj))
    assert advisory.cwes == ("CWE-79",)
    assert advisory.severities == (Severity(scheme="CVSS_V3", score=vector),)
    assert [credit.name for credit in advisory.credits] == ["A", "B", "C"]
    assert advisory.aliases == ("CVE-2026-0001", "GHSA-2222-3333-4444")


@pytest.mark.parametrize(
    ("label", "tlp"), [("WHITE", Tlp.CLEAR), ("AMBER", Tlp.AMBER), ("RED", Tlp.RED)]
)
def test_the_tlp_label_is_translated(label, tlp):
    obj = affected("P1")
    obj["document"]["distribution"] = {"tlp": {"label": label, "url": "https://a.example"}}
    read = read_csaf(obj)
    assert to_advisories(read)[0].tlp is tlp
    assert write_csaf(read) == obj


@pytest.mark.parametrize(
    ("words", "events", "versions"),
    [
        ("vers:all/*", [("introduced", "0")], ()),
        ("All versions", [("introduced", "0")], ()),
        ("vers:all/<V5.5.0", [("introduced", "0"), ("fixed", "V5.5.0")], ()),
        ("<= 65 ", [("introduced", "0"), ("last_affected", "65")], ()),
        ("< V16 Update 4", [("introduced", "0"), ("fixed", "V16 Update 4")], ()),
        (
            ">= 3.5.11.0 | <= 3.5.15.0",
            [("introduced", "3.5.11.0"), ("last_affected", "3.5.15.0")],
            (),
        ),
        ("All versions >= V1.1 and < V2.0", [("introduced", "V1.1"), ("fixed", "V2.0")], ()),
        ("vers:npm/1.0|1.1%2Bx", [], ("1.0", "1.1+x")),
        ("vers:npm/1.0|>=2|<3", [("introduced", "2"), ("fixed", "3")], ("1.0",)),
    ],
)
def test_a_range_is_read(words, events, versions):
    read = read_range(words)
    assert read is not None
    assert [(event.kind.value, event.version) for event in read.events] == events
    assert read.versions == versions


@pytest.mark.parametrize(
    "words",
    [
        "",
        "No version",
        "2.2.5",
        "< august 28",
        "All versions with Fortinet NGFW",
        "!= 3",
        "All versions with U-Boot < V2016",
        "<=The_first_5_digits",
        "1.0 | 1.1",
    ],
)
def test_a_range_that_is_not_certain_is_not_read(words):
    assert read_range(words) is None


def test_an_exclusive_lower_bound_is_widened_and_said_to_be():
    read = read_range("> 1.0 | < 2.0")
    assert read is not None and not read.exact


def change(*path: str | int, to: Any) -> dict[str, Any]:
    obj = copy.deepcopy(affected("P1"))
    at: Any = obj
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = to
    return obj


@pytest.mark.parametrize(
    ("obj", "where"),
    [
        ([], "/"),
        ({}, "/document"),
        (change("document", "csaf_version", to="2.1"), "/document/csaf_version"),
        (change("document", "title", to=""), "/document/title"),
        (change("document", "tracking", "id", to=None), "/document/tracking"),
        (change("document", "publisher", to="CISA"), "/document/publisher"),
        (
            change("document", "distribution", to={"tlp": {"label": "BLUE"}}),
            "/document/distribution/tlp/label",
        ),
        (change("vulnerabilities", to={}), "/vulnerabilities"),
        (change("vulnerabilities", 0, "cve", to=1), "/vulnerabilities/0/cve"),
        (
            change("product_tree", "branches", 0, "branches", 0, "branches", 0, "product", to={}),
            "/product_tree/branches/0/branches/0/branches/0/product",
        ),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_place(obj, where):
    with pytest.raises(BadInput) as caught:
        read_csaf(obj)
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("obj", "what"),
    [
        (affected("NOWHERE"), "'NOWHERE' is not defined"),
        (change("product_tree", "full_product_names", 0, "product_id", to="P1"), "defined twice"),
        (
            change("product_tree", "relationships", 0, "product_reference", to="NOWHERE"),
            "names an undefined product",
        ),
    ],
)
def test_products_that_do_not_hold_together_give_no_advisories(obj, what):
    with pytest.raises(BadInput, match=what):
        to_advisories(read_csaf(obj))
