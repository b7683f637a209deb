"""The Seawall report: what it means, what is kept, what is refused."""

import base64
import hashlib
import io
import json
import tarfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from seawall.formats.archives import pack_zip, read_archive
from seawall.formats.report import read_seawall_report, write_seawall_report
from seawall.formats.report_archive import read_seawall_archive
from seawall.vocab.errors import BadInput
from seawall.vocab.findings import CreditWish, Location, RejectedPart, Tool

DOC = Path(__file__).parents[2] / "docs" / "report.md"
SCHEMA = json.loads(files("seawall.formats").joinpath("schemas/seawall-report-1.json").read_text())


def example() -> dict[str, Any]:
    return json.loads(DOC.read_text().split("```json\n")[1].split("```")[0])


def minimal(**finding: Any) -> dict[str, Any]:
    return {"seawall_report": 1, "findings": [{"title": "A bug", **finding}]}


def read(obj: Any):
    return read_seawall_report(obj, digest="00")


def tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def test_the_documented_example_is_read_whole():
    report = read(example())
    first, second = report.findings
    assert report.rejected == ()
    assert report.provenance.reporter == "Example Lab <security@lab.example>"
    assert report.provenance.finders == ("A. Finder",)
    assert report.provenance.relay == ("Example Coordination Centre",)
    assert report.provenance.tools[1] == Tool(
        name="example-model", version="2026-10-01", kind="model"
    )
    assert report.provenance.human_reviewed is True
    assert report.provenance.credit is CreditWish.NAMED
    assert first.key == "jinja2-sandbox-format"
    assert first.target == "pkg:pypi/jinja2@3.1.4"
    assert first.cwes == ("CWE-1336",)
    assert first.identifiers == ("CVE-2024-56326", "GHSA-q2x7-8rv6-6q7h")
    assert first.locations == (
        Location(file="src/jinja2/sandbox.py", line=320, function="SandboxedEnvironment.call"),
    )
    assert first.extra == {"x-example-confidence": 0.93}
    assert (second.key, second.title) == ("2", "Rendering a deeply nested list never ends")
    (attachment,) = report.attachments
    assert attachment.name == first.reproducer == "sandbox-format"
    assert set(read_archive(attachment.data)) == {"reproducer.toml"}


def test_the_documented_example_is_valid_by_the_schema():
    jsonschema_rs.validator_for(SCHEMA).validate(example())


def test_what_is_written_is_valid_and_reads_the_same():
    report = read({**example(), "x-batch": 7})
    written = write_seawall_report(report)
    jsonschema_rs.validator_for(SCHEMA).validate(written)
    assert read(written) == report
    assert written["x-batch"] == 7


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        ({"title": ""}, "/findings/0/title"),
        ({"title": 5}, "/findings/0/title"),
        ({"title": "x", "cwes": ["weakness"]}, "/findings/0/cwes/0"),
        ({"title": "x", "cwes": "CWE-79"}, "/findings/0/cwes"),
        ({"title": "x", "locations": [{"line": 5}]}, "/findings/0/locations/0"),
        ({"title": "x", "locations": [{"file": "a", "line": -1}]}, "/findings/0/locations/0/line"),
        (
            {"title": "x", "locations": [{"file": "a", "line": True}]},
            "/findings/0/locations/0/line",
        ),
        ({"title": "x", "reproducer": "nowhere"}, "/findings/0/reproducer"),
        ({}, "/findings/0"),
        ("a bug", "/findings/0"),
    ],
)
def test_a_broken_finding_is_rejected_alone_and_is_invalid_by_the_schema(broken, where):
    obj = {"seawall_report": 1, "findings": [broken, {"title": "A good one"}]}
    report = read(obj)
    assert [finding.title for finding in report.findings] == ["A good one"]
    assert [part.where for part in report.rejected] == [where]
    if "reproducer" not in broken:
        assert not jsonschema_rs.validator_for(SCHEMA).is_valid(obj)


def test_a_second_finding_with_the_same_key_is_rejected():
    obj = {"seawall_report": 1, "findings": [{"key": "a", "title": "x"}] * 2}
    assert read(obj).rejected == (
        RejectedPart(where="/findings/1/key", reason="a second finding with this key"),
    )


def test_a_finding_goes_with_its_broken_attachment():
    obj = minimal(reproducer="poc") | {"attachments": [{"name": "poc", "base64": "%%%"}]}
    report = read(obj)
    assert report.findings == ()
    assert [part.where for part in report.rejected] == [
        "/attachments/0/base64",
        "/findings/0/reproducer",
    ]


@pytest.mark.parametrize("name", ["../x", "/x", "a//b", "a\nb", "C:/x", ""])
def test_an_attachment_with_an_unsafe_name_is_rejected(name):
    obj = minimal() | {"attachments": [{"name": name, "base64": ""}]}
    report = read(obj)
    assert report.attachments == ()
    assert [part.where for part in report.rejected] == ["/attachments/0/name"]


def test_two_attachments_may_not_share_a_name():
    item = {"base64": base64.b64encode(b"x").decode()}
    obj = minimal() | {"attachments": [{"name": "a", **item}, {"name": "A", **item}]}
    report = read(obj)
    assert [attachment.name for attachment in report.attachments] == ["a"]
    assert [part.where for part in report.rejected] == ["/attachments/1/name"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"seawall_report": 2}, "/seawall_report"),
        ({"seawall_report": True}, "/seawall_report"),
        ({"findings": []}, "/findings"),
        ({"findings": {}}, "/findings"),
        ({"provenance": []}, "/provenance"),
        ({"provenance": {"credit": "fame"}}, "/provenance/credit"),
        ({"provenance": {"human_reviewed": "yes"}}, "/provenance/human_reviewed"),
        ({"provenance": {"tools": [{"name": "m", "kind": "ai"}]}}, "/provenance/tools/0/kind"),
    ],
)
def test_a_report_that_cannot_be_understood_is_refused_whole(change, where):
    with pytest.raises(BadInput) as caught:
        read(minimal() | change)
    assert caught.value.where == where
    assert not jsonschema_rs.validator_for(SCHEMA).is_valid(minimal() | change)


def test_too_many_findings_are_refused():
    with pytest.raises(BadInput, match="more than 10000 findings"):
        read({"seawall_report": 1, "findings": [{"title": "x"}] * 10_001})


def test_an_archive_brings_several_reproducers_and_attachments():
    obj = {
        "seawall_report": 1,
        "findings": [
            {"title": "One", "reproducer": "one"},
            {"title": "Two", "reproducer": "two.zip"},
        ],
    }
    data = tar(
        {
            "sent/report.json": json.dumps(obj).encode(),
            "sent/attachments/logs/asan.txt": b"log",
            "sent/reproducers/one/reproducer.toml": b"format = 1\n",
            "sent/reproducers/one/input.bin": b"\0\1",
            "sent/reproducers/two.zip": pack_zip({"reproducer.toml": b"format = 1\n"}),
            "sent/reproducers/empty/readme": b"",
            "sent/stray.txt": b"",
        }
    )
    report = read_seawall_archive(data)
    by_name = {item.name: item for item in report.attachments}
    assert report.digest == hashlib.sha256(data).hexdigest()
    assert [finding.reproducer for finding in report.findings] == ["one", "two.zip"]
    assert set(by_name) == {"logs/asan.txt", "one", "two.zip"}
    assert dict(read_archive(by_name["one"].data)) == {
        "input.bin": b"\0\1",
        "reproducer.toml": b"format = 1\n",
    }
    assert {part.where for part in report.rejected} == {"stray.txt", "reproducers/empty"}


def test_a_lone_bundle_is_a_report_of_one_finding():
    toml = b'title = "T"\ncwes = [1336]\n[target]\npurl = "pkg:pypi/jinja2"\naffected = "3.1.4"\n'
    report = read_seawall_archive(tar({"b/reproducer.toml": toml, "b/x": b"1"}))
    (finding,) = report.findings
    assert (finding.title, finding.target, finding.affected_versions) == (
        "T",
        "pkg:pypi/jinja2",
        "3.1.4",
    )
    assert finding.cwes == ("CWE-1336",)
    assert set(read_archive(report.attachments[0].data)) == {"reproducer.toml", "x"}


@pytest.mark.parametrize(
    "members",
    [
        {"readme": b""},
        {"reproducer.toml": b"title = "},
        {"reproducer.toml": b'title = "T"'},
        {"reproducer.toml": b"a = " + b"[" * 50_000},
        {"report.json": b"{}"},
        {"report.json": b"{"},
    ],
)
def test_an_archive_that_says_nothing_usable_is_refused(members):
    with pytest.raises(BadInput):
        read_seawall_archive(tar(members))


def test_an_attachment_and_a_reproducer_of_one_name_are_refused():
    members = {
        "report.json": json.dumps(minimal()).encode(),
        "attachments/one": b"x",
        "reproducers/ONE/reproducer.toml": b"",
    }
    with pytest.raises(BadInput, match="two attachments have the same name"):
        read_seawall_archive(tar(members))
