"""Which kind a document is, and what its schema and rules say about it."""

import copy
from typing import Any

import pytest

import realdata
from formats.releases import RELEASE
from seawall.formats.release_documents import DocumentName, write_documents
from seawall.formats.schema_check import MOST_PROBLEMS
from seawall.formats.validate import DocumentKind, detect_kind, is_valid, validate_document
from seawall.vocab.errors import BadInput
from seawall.vocab.problems import ProblemSeverity

GOOD = write_documents(RELEASE).documents
SARIF: dict[str, Any] = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "scanner"}}}]}
BOM: dict[str, Any] = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}
OSV: dict[str, Any] = {"id": "OSV-2026-1", "modified": "2026-01-01T00:00:00Z"}


def where(document: Any) -> list[str]:
    return [problem.pointer for problem in validate_document(document)]


@pytest.mark.parametrize("name", DocumentName)
def test_each_document_of_a_release_is_known_by_its_marks(name: DocumentName) -> None:
    assert detect_kind(GOOD[name]) is name.kind


def test_sarif_and_cyclonedx_are_known_by_their_marks() -> None:
    assert detect_kind(SARIF) is DocumentKind.SARIF
    assert detect_kind(BOM) is DocumentKind.CYCLONEDX


@pytest.mark.parametrize("document", [{}, [], None, {"id": "x"}, {"document": {}}])
def test_an_unknown_document_is_bad_input(document: Any) -> None:
    with pytest.raises(BadInput, match="known kinds: csaf, osv"):
        validate_document(document)


@pytest.mark.parametrize("kind", DocumentKind)
@pytest.mark.parametrize("document", [{}, [], None, "text", 3])
def test_anything_can_be_taken_for_any_kind_and_is_invalid(
    kind: DocumentKind, document: Any
) -> None:
    assert not is_valid(validate_document(document, kind))


def test_a_cve_error_names_its_place_within_the_state() -> None:
    document = copy.deepcopy(GOOD[DocumentName.CVE])
    document["containers"]["cna"]["affected"][0]["versions"][0]["status"] = "bad"
    assert where(document) == ["/containers/cna/affected/0/versions/0/status"]


def test_a_rejected_cve_record_is_judged_as_one() -> None:
    org = {"orgId": "8254265b-2729-46b6-b9e3-3dfca2d5bfca"}
    record = {
        "dataType": "CVE_RECORD",
        "dataVersion": "5.1",
        "cveMetadata": {
            "cveId": "CVE-2026-10001",
            "assignerOrgId": org["orgId"],
            "state": "REJECTED",
        },
        "containers": {
            "cna": {
                "providerMetadata": org,
                "rejectedReasons": [{"lang": "en", "value": "Not a vulnerability."}],
            }
        },
    }
    assert validate_document(record) == ()
    del record["containers"]["cna"]["rejectedReasons"]  # type: ignore[attr-defined]
    assert where(record) == ["/containers/cna"]


def test_formats_are_checked() -> None:
    assert where(OSV | {"modified": "2026-02-30T00:00:00Z"}) == ["/modified"]


@pytest.mark.parametrize(
    ("statement", "valid"),
    [
        ({"status": "not_affected"}, False),
        ({"status": "not_affected", "justification": "component_not_present"}, True),
        ({"status": "not_affected", "impact_statement": "x"}, True),
        ({"status": "affected"}, False),
        ({"status": "affected", "action_statement": "Update."}, True),
        ({"status": "fixed"}, True),
        ({"status": "mended"}, False),
    ],
)
def test_openvex_statements_need_their_reasons(statement: dict[str, Any], valid: bool) -> None:
    document = copy.deepcopy(GOOD[DocumentName.OPENVEX])
    document["statements"] = [{"vulnerability": {"name": "CVE-2026-10001"}, **statement}]
    assert is_valid(validate_document(document)) == valid


def test_sarif_and_cyclonedx_schemas_work_offline() -> None:
    assert validate_document(SARIF) == ()
    assert where(SARIF | {"runs": [{}]}) == ["/runs/0"]
    assert validate_document(BOM) == ()
    wrong = {"type": "library", "name": "a", "licenses": [{"license": {"id": "MIX"}}]}
    assert where(BOM | {"components": [wrong]}) == ["/components/0/licenses/0/license/id"]
    assert where(BOM | {"specVersion": "9.9"}) == ["/specVersion"]


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])
def test_every_cyclonedx_version_has_its_schema(version: str) -> None:
    assert validate_document(BOM | {"specVersion": version}) == ()


def test_unregistered_osv_names_are_warnings() -> None:
    package = {"package": {"ecosystem": "Nowhere", "name": "x"}, "versions": ["1"]}
    found = validate_document({**OSV, "id": "NEW-1", "affected": [package]})
    assert [(p.test, p.severity) for p in found] == [
        ("osv-prefix", ProblemSeverity.WARNING),
        ("osv-ecosystem", ProblemSeverity.WARNING),
    ]


def test_an_osv_record_is_not_its_own_alias() -> None:
    own = validate_document(OSV | {"aliases": ["OSV-2026-1"]})
    assert [problem.test for problem in own] == ["osv-alias"]


def test_a_very_broken_document_gets_a_list_of_bearable_length() -> None:
    broken = {**OSV, "aliases": list(range(500))}
    assert len(validate_document(broken)) == MOST_PROBLEMS


@pytest.mark.parametrize("source", ["pypa", "go", "bitnami", "almalinux", "ossfuzz", "psf"])
def test_published_osv_records_are_valid(source: str) -> None:
    for record in realdata.read_jsonl(f"advisories/osv-{source}.jsonl.zst"):
        assert validate_document(record) == ()


def test_the_rustsec_records_with_a_wrong_cvss_scheme_are_told() -> None:
    """57 records call a CVSS 4 vector CVSS_V3, or the reverse."""
    bad = [
        found
        for record in realdata.read_jsonl("advisories/osv-rustsec.jsonl.zst")
        if (found := validate_document(record))
    ]
    assert len(bad) == 57
    assert {problem.pointer for found in bad for problem in found} == {"/severity/0/score"}
