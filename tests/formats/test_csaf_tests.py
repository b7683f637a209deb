"""Each mandatory test of CSAF 2.0: our own document passes it, and one change breaks it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

import realdata
from formats.releases import RELEASE, release
from seawall.formats.csaf_tests import MANDATORY
from seawall.formats.validate import DocumentKind, is_valid, validate_document
from seawall.formats.write_csaf import csaf_security_advisory, csaf_vex
from seawall.vocab.release import ReleaseStatus

Doc = dict[str, Any]
GOOD = csaf_vex(RELEASE)


def broken(change: Callable[[Doc, Doc, Doc], object]) -> Doc:
    """A copy of the good VEX document after `change(document, tracking, vulnerability)`."""
    doc = copy.deepcopy(GOOD)
    change(doc, doc["document"]["tracking"], doc["vulnerabilities"][0])
    return doc


def failed(doc: Doc) -> list[str]:
    return sorted({problem.test.removeprefix("csaf-") for problem in validate_document(doc)})


def _loop(doc: Doc, _t: Doc, _v: Doc) -> None:
    doc["product_tree"]["relationships"] = [
        {
            "category": "installed_on",
            "full_product_name": {"name": "itself", "product_id": "LOOP"},
            "product_reference": "LOOP",
            "relates_to_product_reference": "CSAFPID-0001",
        }
    ]


def _groups(*ids: str) -> list[Doc]:
    two = ["CSAFPID-0001", "CSAFPID-0002"]
    return [{"group_id": group, "product_ids": two} for group in ids]


def _hashes(doc: Doc, *algorithms: str) -> None:
    files = [{"algorithm": a, "value": "ab" * 32} for a in algorithms]
    helper = doc["product_tree"]["full_product_names"][0]["product_identification_helper"]
    helper["hashes"] = [{"file_hashes": files, "filename": "x"}]


def _category(doc: Doc, name: str) -> None:
    doc["document"]["category"] = name


def _incident_without(doc: Doc, part: str) -> None:
    _category(doc, "csaf_security_incident_response")
    del doc["document"][part]


_FOR_NOTHING = {"category": "mitigation", "details": "x"}


def _score(vulnerability: Doc, **fields: Any) -> None:
    vulnerability["scores"][0]["cvss_v3"].update(fields)


def _version(doc: Doc, name: str) -> None:
    branch = doc["product_tree"]["branches"][0]["branches"][0]["branches"][1]
    branch["name"] = name


def _revisions(tracking: Doc, *numbers: str, status: str = "final") -> None:
    tracking["revision_history"] = [
        {"date": f"2026-03-{day:02}T12:00:00Z", "number": number, "summary": "x"}
        for day, number in enumerate(numbers, start=1)
    ]
    tracking["version"], tracking["status"] = numbers[-1], status


CHANGES: list[tuple[str, Callable[[Doc, Doc, Doc], object]]] = [
    ("6.1.1", lambda d, t, v: v["threats"][0]["product_ids"].append("NOWHERE")),
    ("6.1.3", _loop),
    ("6.1.4", lambda d, t, v: v["remediations"][0].update(group_ids=["G"])),
    ("6.1.5", lambda d, t, v: d["product_tree"].update(product_groups=_groups("G", "G"))),
    ("6.1.6", lambda d, t, v: v["product_status"]["fixed"].append("CSAFPID-0006")),
    ("6.1.7", lambda d, t, v: v["scores"].append(copy.deepcopy(v["scores"][0]))),
    ("6.1.8", lambda d, t, v: v["scores"][0]["cvss_v3"].pop("baseSeverity")),
    ("6.1.8", lambda d, t, v: _score(v, vectorString="CVSS:3.1/AV:L/AC:L")),
    ("6.1.9", lambda d, t, v: _score(v, baseScore=7.7)),
    ("6.1.9", lambda d, t, v: _score(v, temporalScore=1.0)),
    ("6.1.9", lambda d, t, v: _score(v, baseSeverity="LOW")),
    ("6.1.10", lambda d, t, v: _score(v, attackVector="NETWORK")),
    ("6.1.11", lambda d, t, v: v["cwe"].update(name="Improper Input Validation")),
    ("6.1.11", lambda d, t, v: v["cwe"].update(id="CWE-264")),
    ("6.1.12", lambda d, t, v: d["document"].update(lang="EZ")),
    ("6.1.14", lambda d, t, v: _revisions(t, "1.0.0", "1.1.0", "1.0.1", "1.2.0")),
    ("6.1.16", lambda d, t, v: t.update(version="3")),
    ("6.1.17", lambda d, t, v: _revisions(t, "0.9.0", status="final")),
    ("6.1.18", lambda d, t, v: _revisions(t, "0", "1")),
    ("6.1.19", lambda d, t, v: _revisions(t, "1.0.0-rc.1", "1.0.0")),
    ("6.1.20", lambda d, t, v: _revisions(t, "1.0.0-rc.1")),
    ("6.1.21", lambda d, t, v: _revisions(t, "1", "3")),
    ("6.1.21", lambda d, t, v: _revisions(t, "2")),
    ("6.1.22", lambda d, t, v: _revisions(t, "1", "1")),
    ("6.1.23", lambda d, t, v: d["vulnerabilities"].append(copy.deepcopy(v))),
    (
        "6.1.24",
        lambda d, t, v: v.update(
            involvements=[{"party": "vendor", "status": s} for s in ("open", "completed")]
        ),
    ),
    ("6.1.25", lambda d, t, v: _hashes(d, "sha256", "SHA256")),
    ("6.1.26", lambda d, t, v: _category(d, "Security Advisory")),
    ("6.1.26", lambda d, t, v: _category(d, "csaf_other")),
    ("6.1.27.1", lambda d, t, v: _incident_without(d, "notes")),
    ("6.1.27.2", lambda d, t, v: _incident_without(d, "references")),
    ("6.1.27.3", lambda d, t, v: _category(d, "csaf_informational_advisory")),
    ("6.1.27.5", lambda d, t, v: v.pop("notes")),
    ("6.1.27.8", lambda d, t, v: (v.pop("ids"), v.pop("cve"))),
    ("6.1.27.9", lambda d, t, v: v.pop("threats")),
    ("6.1.27.10", lambda d, t, v: v["remediations"].pop(2)),
    ("6.1.27.11", lambda d, t, v: d.pop("vulnerabilities")),
    ("6.1.28", lambda d, t, v: d["document"].update(source_lang="EN")),
    ("6.1.29", lambda d, t, v: v["remediations"].append(_FOR_NOTHING)),
    ("6.1.31", lambda d, t, v: _version(d, "2.11.3 and earlier")),
    ("6.1.32", lambda d, t, v: v["flags"].append({"label": "component_not_present"})),
    (
        "6.1.33",
        lambda d, t, v: v["flags"].append(
            {"label": "component_not_present", "product_ids": ["CSAFPID-0004"]}
        ),
    ),
]


def test_our_own_documents_pass_every_test() -> None:
    assert validate_document(GOOD, optional=True) == ()
    assert validate_document(csaf_security_advisory(RELEASE), optional=True) == ()


@pytest.mark.parametrize(("clause", "change"), CHANGES)
def test_a_change_breaks_exactly_its_test(
    clause: str, change: Callable[[Doc, Doc, Doc], object]
) -> None:
    found = failed(broken(change))
    also = {"6.1.17": ["6.1.18"], "6.1.20": ["6.1.17", "6.1.19"]}.get(clause, [])
    assert found == sorted([clause, *also])


def test_one_id_for_two_products_is_told_once() -> None:
    def twice(doc: Doc, _t: Doc, _v: Doc) -> None:
        doc["product_tree"]["full_product_names"][4]["product_id"] = "CSAFPID-0004"
        _v["product_status"]["known_not_affected"].remove("CSAFPID-0008")
        _v["threats"][1]["product_ids"] = ["CSAFPID-0004"]

    assert failed(broken(twice)) == ["6.1.2"]


def test_a_purl_without_a_name_is_told() -> None:
    def change(doc: Doc, _t: Doc, _v: Doc) -> None:
        helper = doc["product_tree"]["full_product_names"][0]["product_identification_helper"]
        helper["purl"] = "pkg:maven/@3.0.0"

    assert failed(broken(change)) == ["6.1.13"]


def test_a_translator_must_name_the_source_language() -> None:
    def change(doc: Doc, _t: Doc, _v: Doc) -> None:
        doc["document"]["publisher"]["category"] = "translator"

    assert failed(broken(change)) == ["6.1.15"]


def test_whole_numbers_and_semantic_versions_do_not_mix() -> None:
    doc = broken(lambda d, t, v: _revisions(t, "1", "2.0.0"))
    assert failed(doc) == ["6.1.30"]


@pytest.mark.parametrize(
    ("clause", "change"),
    [
        ("6.1.27.4", lambda d: d.pop("product_tree")),
        ("6.1.27.6", lambda d: d["vulnerabilities"][0].pop("product_status")),
    ],
)
def test_an_advisory_without_products_fails_its_profile(
    clause: str, change: Callable[[Doc], object]
) -> None:
    doc = copy.deepcopy(csaf_security_advisory(RELEASE))
    change(doc)
    assert clause in failed(doc)


def test_a_vex_without_the_four_statuses_fails() -> None:
    def change(_d: Doc, _t: Doc, vulnerability: Doc) -> None:
        status = {"first_affected": ["CSAFPID-0001"]}
        vulnerability.update(product_status=status)

    assert failed(broken(change)) == ["6.1.27.7"]


def test_a_draft_may_bear_a_pre_release_version() -> None:
    def change(_d: Doc, tracking: Doc, _v: Doc) -> None:
        _revisions(tracking, "1.0.0", status="draft")
        tracking["version"] = "1.0.0-rc.3+build.7"

    assert failed(broken(change)) == []


def test_a_release_may_not_bear_the_pre_release_version_of_its_newest_revision() -> None:
    def change(_d: Doc, tracking: Doc, _v: Doc) -> None:
        _revisions(tracking, "1.0.0")
        tracking["version"] = "1.0.0-rc.3"

    assert failed(broken(change)) == ["6.1.16", "6.1.17", "6.1.20"]


def test_a_broken_score_does_not_hide_other_problems() -> None:
    def change(_d: Doc, tracking: Doc, vulnerability: Doc) -> None:
        tracking["version"] = "3"
        del vulnerability["scores"][0]["cvss_v3"]["version"]

    assert failed(broken(change)) == ["6.1.16", "6.1.8"]


def test_dates_are_compared_as_moments_not_as_text() -> None:
    def change(_d: Doc, tracking: Doc, _v: Doc) -> None:
        history = tracking["revision_history"]
        history[0]["date"] = "2026-03-02T01:00:00+13:00"  # noon of 1 March in UTC
        history[1]["date"] = "2026-03-01T12:30:00Z"

    assert failed(broken(change)) == []


def test_a_property_that_the_vector_leaves_out_contradicts_nothing() -> None:
    doc = broken(lambda d, t, v: _score(v, modifiedScope="CHANGED"))
    assert failed(doc) == []


@pytest.mark.parametrize("tag", ["en", "de-CH-1996", "zh-cmn-Hans-CN", "i-default", "x-own", "qaa"])
def test_registered_languages_pass(tag: str) -> None:
    assert failed(broken(lambda d, t, v: d["document"].update(lang=tag))) == []


@pytest.mark.parametrize("tag", ["en-UK", "zz", "sl-rozaj-rozaj", "en-a-xx-a-yy", "en-yue"])
def test_unregistered_languages_fail(tag: str) -> None:
    assert failed(broken(lambda d, t, v: d["document"].update(lang=tag))) == ["6.1.12"]


@pytest.mark.parametrize("name", ["vers:all/*", "after-eight", "2.0-all"])
def test_words_inside_other_words_are_no_range(name: str) -> None:
    assert failed(broken(lambda d, t, v: _version(d, name))) == []


def test_a_name_from_an_older_release_of_cwe_is_right() -> None:
    def change(_d: Doc, _t: Doc, vulnerability: Doc) -> None:
        old = "Use of GET Request Method With Sensitive Query Strings"
        vulnerability["cwe"] = {"id": "CWE-598", "name": old}

    assert failed(broken(change)) == []


def test_a_draft_of_ours_is_valid() -> None:
    assert validate_document(csaf_vex(release(status=ReleaseStatus.DRAFT))) == ()


def test_problems_name_place_clause_and_remedy() -> None:
    doc = broken(lambda d, t, v: _score(v, baseScore=7.7))
    (problem,) = validate_document(doc)
    assert problem.pointer == "/vulnerabilities/0/scores/0/cvss_v3/baseScore"
    assert problem.clause == "CSAF 2.0 §6.1.9"
    assert str(problem) == (
        "csaf-6.1.9 at /vulnerabilities/0/scores/0/cvss_v3/baseScore: "
        "the vector gives 7.8, not 7.7 (write 7.8 or correct the vector)"
    )


def test_there_is_a_test_for_every_clause() -> None:
    plain = {f"6.1.{n}" for n in range(1, 34)} - {"6.1.27"}
    assert set(MANDATORY) == plain | {f"6.1.27.{n}" for n in range(1, 12)}


def test_every_cisa_advisory_passes() -> None:
    count = 0
    for doc in realdata.read_jsonl("advisories/csaf-cisa.jsonl.zst"):
        assert is_valid(validate_document(doc, DocumentKind.CSAF))
        count += 1
    assert count == 2383
