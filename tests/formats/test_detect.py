"""A report in any format is recognised by its content."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from realdata import read_jsonl
from seawall.formats.archives import pack_zip
from seawall.formats.detect import read_report
from seawall.vocab.errors import BadInput
from seawall.vocab.findings import ReportFormat

VECTORS = Path(__file__).parents[1] / "vectors/formats"
OSV = [json.loads(line) for line in (VECTORS / "osv-excerpts.jsonl").read_text().splitlines()]
CSAF = [json.loads(line) for line in (VECTORS / "csaf-excerpts.jsonl").read_text().splitlines()]
SEAWALL = {"seawall_report": 1, "findings": [{"title": "A bug"}]}
SARIF = {
    "version": "2.1.0",
    "runs": [{"tool": {"driver": {"name": "S"}}, "results": [{"message": {"text": "\0"}}]}],
}


def pack(obj: Any) -> bytes:
    return json.dumps(obj).encode()


def osv(id_: str) -> dict[str, Any]:
    return next(obj for obj in OSV if obj["id"] == id_)


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (pack(SEAWALL), ReportFormat.SEAWALL),
        (b"\xef\xbb\xbf \n" + pack(SEAWALL), ReportFormat.SEAWALL),
        (gzip.compress(pack(SEAWALL), mtime=0), ReportFormat.SEAWALL),
        (pack_zip({"report.json": pack(SEAWALL)}), ReportFormat.SEAWALL),
        (pack(SARIF), ReportFormat.SARIF),
        (pack(OSV[0]), ReportFormat.OSV),
        (pack(OSV), ReportFormat.OSV),
        (pack(CSAF[0]), ReportFormat.CSAF),
        (b"A bug in x.c:5", ReportFormat.TEXT),
        (b"[security] a bug", ReportFormat.TEXT),
        ("Ein Fehler, größer".encode(), ReportFormat.TEXT),
    ],
)
def test_the_format_is_told_by_the_content(data, form):
    report = read_report(data)
    assert report.format is form
    assert report.digest == hashlib.sha256(data).hexdigest()
    assert report.findings


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"{}", "JSON of unknown format"),
        (b"[]", "JSON of unknown format"),
        (b"[[]]", "JSON of unknown format"),
        (b'{"seawall_report": 1', "not JSON"),
        (b'{"bomFormat": "CycloneDX"}', "an SBOM is imported"),
        (b"<?xml version='1.0'?><a/>", "XML or HTML"),
        (b"\x7fELF\x01\x01\x00", "binary file"),
        (b"\x89PNG\r\n", "not valid UTF-8"),
        (gzip.compress(pack_zip({"a": b""}), mtime=0), "an archive in an archive"),
        (b"PK\x03\x04 but no zip", "damaged zip"),
    ],
)
def test_what_is_not_read_is_refused_in_one_clear_line(data, what):
    with pytest.raises(BadInput, match=what) as caught:
        read_report(data, name="sent.bin")
    assert caught.value.where.startswith("sent.bin")


def test_an_osv_record_is_a_finding_per_package():
    (finding,) = read_report(pack(osv("PYSEC-2005-1"))).findings
    assert finding.key == "PYSEC-2005-1"
    assert finding.target == "pkg:pypi/trac"
    assert (finding.affected_versions, finding.fixed_version) == ("<0.10", "0.10")
    assert finding.identifiers == ("PYSEC-2005-1", "CVE-2005-4644")
    assert finding.references[0] == "http://projects.edgewall.com/trac/ticket/2473"


def test_an_osv_record_without_purl_gets_one_by_its_ecosystem():
    (finding,) = read_report(pack(osv("GO-2020-0001"))).findings
    assert finding.target == "pkg:golang/github.com/gin-gonic/gin"


def test_an_osv_record_without_package_names_its_repository():
    (finding,) = read_report(pack(osv("PSF-2007-1"))).findings
    assert finding.target == "https://github.com/python/cpython"


def test_the_severity_of_a_package_is_used_when_the_record_has_none():
    (finding,) = read_report(pack(osv("BIT-activemq-2020-11998"))).findings
    assert finding.severity == "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def test_one_broken_record_of_many_is_rejected_alone():
    report = read_report(pack([OSV[0], {**OSV[1], "affected": 5}, OSV[1]]))
    assert len({finding.key for finding in report.findings}) == len(report.findings) >= 2
    assert [part.where for part in report.rejected] == ["/1/affected"]


def test_a_csaf_document_is_a_finding_per_vulnerability():
    report = read_report(pack(CSAF[0]))
    assert report.provenance.reporter == "CISA"
    assert len(report.findings) == len(CSAF[0]["vulnerabilities"])
    first = report.findings[0]
    assert first.identifiers == (CSAF[0]["vulnerabilities"][0]["cve"],)
    assert first.cwes and first.severity.startswith("CVSS:3")
    assert report.extra == {"tlp": "TLP:CLEAR"}


def test_a_csaf_document_without_vulnerabilities_is_no_report():
    with pytest.raises(BadInput, match="names no vulnerability"):
        read_report(pack({**CSAF[0], "vulnerabilities": []}))


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "advisories/csaf-cisa.jsonl.zst",
        "advisories/osv-go.jsonl.zst",
        "advisories/osv-ossfuzz.jsonl.zst",
    ],
)
def test_every_real_advisory_is_a_report_with_unique_keys(path):
    for obj in read_jsonl(path):
        findings = read_report(pack(obj)).findings
        assert findings
        assert len({finding.key for finding in findings}) == len(findings)
        assert all(finding.title for finding in findings)
