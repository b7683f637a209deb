"""SARIF 2.1.0 as a report."""

from typing import Any

import pytest

from realdata import data
from seawall.formats import sarif
from seawall.formats.archives import read_archive
from seawall.formats.bounded import parse_json
from seawall.formats.sarif import is_sarif, read_sarif
from seawall.vocab.errors import BadInput
from seawall.vocab.findings import Location, RejectedPart, Tool


def log(*results: Any, rules: Any = (), **run: Any) -> dict[str, Any]:
    driver = {"name": "Scanner", "version": "1.2", "rules": list(rules)}
    return {
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": list(results), **run}],
    }


def read(obj: Any):
    return read_sarif(obj, digest="00")


def one(result: dict[str, Any], **more: Any):
    report = read(log({"message": {"text": "Boom"}, **result}, **more))
    assert report.rejected == ()
    (finding,) = report.findings
    return finding


def at(uri: str, **more: Any) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": uri, **more}}}


def test_one_broken_result_keeps_the_rest_and_is_named():
    report = read(
        log(
            {"message": {"text": "First"}},
            {
                "message": {"text": "Second"},
                "locations": [{"physicalLocation": {"region": {"startLine": "7"}}}],
            },
            "not a result",
            {"message": {}},
            {"message": {"text": "Third"}},
        )
    )
    assert [(finding.key, finding.title) for finding in report.findings] == [
        ("0.0", "First"),
        ("0.4", "Third"),
    ]
    assert report.rejected == (
        RejectedPart(
            where="/runs/0/results/1/locations/0/physicalLocation/region/startLine",
            reason="expected a whole number, found a string",
        ),
        RejectedPart(where="/runs/0/results/2", reason="expected an object, found a string"),
        RejectedPart(where="/runs/0/results/3", reason="a result without message and rule"),
    )


def test_one_broken_run_keeps_the_others():
    obj = log({"message": {"text": "Kept"}})
    obj["runs"].insert(0, {"tool": {"driver": {}}, "results": []})
    report = read(obj)
    assert [finding.title for finding in report.findings] == ["Kept"]
    assert [part.where for part in report.rejected] == ["/runs/0/tool/driver"]


def test_a_broken_rule_does_not_hurt_its_results():
    report = read(log({"message": {"text": "Boom"}, "ruleIndex": 0}, rules=["broken"]))
    assert len(report.findings) == 1
    assert [part.where for part in report.rejected] == ["/runs/0/tool/driver/rules/0"]


def test_the_tool_is_the_provenance():
    assert read(log()).provenance.tools == (Tool(name="Scanner", version="1.2"),)


RULE = {
    "id": "R1",
    "name": "Injection",
    "shortDescription": {"text": "SQL injection"},
    "fullDescription": {"text": "Long words."},
    "helpUri": "https://rules.example/R1",
    "defaultConfiguration": {"level": "error"},
    "properties": {"tags": ["external/cwe/cwe-089"], "security-severity": "8.8"},
    "messageStrings": {"default": {"text": "Value {0} of {1}{{}}"}},
}


@pytest.mark.parametrize(
    "said",
    [
        {"ruleId": "R1"},
        {"ruleIndex": 1},
        {"ruleId": "R1/sub/7"},
        {"rule": {"id": "R1"}},
        {"rule": {"index": 1}},
        {"ruleId": "R1", "ruleIndex": 0},
    ],
)
def test_the_rule_is_found_and_gives_weakness_level_and_help(said):
    finding = one(said, rules=[{"id": "R0"}, RULE])
    assert finding.cwes == ("CWE-89",)
    assert finding.severity == "8.8"
    assert finding.description == "Boom\n\nLong words."
    assert finding.references == ("https://rules.example/R1",)


def test_a_rule_of_an_extension_is_found():
    result = {"message": {"text": "x"}, "rule": {"index": 0, "toolComponent": {"index": 0}}}
    obj = log(result, rules=[{"id": "R0"}])
    obj["runs"][0]["tool"]["extensions"] = [{"name": "more", "rules": [RULE]}]
    assert read(obj).findings[0].cwes == ("CWE-89",)


def test_a_message_is_made_of_the_rules_string_and_its_arguments():
    finding = one(
        {"ruleId": "R1", "message": {"id": "default", "arguments": ["a", "b"]}}, rules=[RULE]
    )
    assert finding.title == "Value a of b{}"


@pytest.mark.parametrize(
    "where",
    [
        {
            "rules": [
                {
                    "id": "R",
                    "relationships": [{"target": {"id": "79", "toolComponent": {"name": "CWE"}}}],
                }
            ]
        },
        {"rules": [{"id": "R", "properties": {"cwe": ["CWE-79: XSS"]}}]},
        {"result": {"taxa": [{"id": "79", "toolComponent": {"name": "cwe"}}]}},
        {"result": {"properties": {"cwe": "79"}}},
        {"result": {"message": {"text": "bad (CWE-79)"}}},
    ],
)
def test_weaknesses_are_taken_from_where_tools_put_them(where):
    finding = one({"ruleId": "R", **where.get("result", {})}, rules=where.get("rules", ()))
    assert finding.cwes == ("CWE-79",)


def test_identifiers_come_from_the_rule_id():
    assert one({"ruleId": "cve-2024-12345-pkg"}).identifiers == ("CVE-2024-12345",)


@pytest.mark.parametrize(
    ("location", "run", "expected"),
    [
        (at("src/a%20b.c"), {}, Location(file="src/a b.c")),
        (at("./a.c"), {}, Location(file="a.c")),
        (at("file:///home/x/a.c"), {}, Location(file="/home/x/a.c")),
        (at("file:///C:/x/a.c"), {}, Location(file="C:/x/a.c")),
        (
            at("a.c", uriBaseId="SRC"),
            {"originalUriBaseIds": {"SRC": {"uri": "file:///home/"}}},
            Location(file="a.c"),
        ),
        (
            at("a.c", uriBaseId="SRC"),
            {"originalUriBaseIds": {"SRC": {"uri": "lib/", "uriBaseId": "SRC"}}},
            Location(file="lib/a.c"),
        ),
        (
            {"physicalLocation": {"artifactLocation": {"index": 0}}},
            {"artifacts": [{"location": {"uri": "z.c"}}]},
            Location(file="z.c"),
        ),
        (
            {"logicalLocations": [{"name": "f", "fullyQualifiedName": "n::f"}]},
            {},
            Location(file="", function="n::f"),
        ),
        (
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "a.c"},
                    "region": {"startLine": 3, "endLine": 5},
                }
            },
            {},
            Location(file="a.c", line=3, end_line=5),
        ),
    ],
)
def test_a_place_is_read(location, run, expected):
    assert one({"locations": [location]}, **run).locations == (expected,)


def test_repository_and_revision_are_the_target():
    finding = one(
        {}, versionControlProvenance=[{"repositoryUri": "https://a.example/r", "revisionId": "abc"}]
    )
    assert (finding.target, finding.affected_versions) == ("https://a.example/r", "abc")


def test_a_package_url_that_a_result_names_is_the_target():
    finding = one({"properties": {"component": "pkg:npm/lodash@4.17.20"}})
    assert finding.target == "pkg:npm/lodash@4.17.20"


def test_fixes_stacks_and_flows_are_kept_in_words_and_numbers():
    region = {"startLine": 4, "startColumn": 2}
    finding = one(
        {
            "fixes": [
                {
                    "description": {"text": "Check it"},
                    "artifactChanges": [
                        {
                            "artifactLocation": {"uri": "a.c"},
                            "replacements": [
                                {"deletedRegion": region, "insertedContent": {"text": "ok"}}
                            ],
                        }
                    ],
                }
            ],
            "stacks": [
                {
                    "message": {"text": "Crash"},
                    "frames": [{"location": at("a.c") | {"logicalLocations": [{"name": "f"}]}}],
                }
            ],
            "codeFlows": [{}, {}],
            "fingerprints": {"a": "1"},
            "suppressions": [{"kind": "inSource"}],
        }
    )
    assert finding.suggested_fix == "Check it\na.c:4:2: replace by 'ok'"
    assert finding.crash == "Crash\n    #0 f a.c"
    assert finding.extra["codeFlows"] == {"count": 2}
    assert finding.extra["fingerprints"] == {"a": "1"}
    assert finding.extra["suppressions"] == [{"kind": "inSource"}]


def test_results_that_passed_or_are_gone_are_counted_but_no_findings():
    report = read(
        log(
            {"kind": "pass", "message": {"text": "x"}},
            {"baselineState": "absent", "message": {"text": "x"}},
        )
    )
    assert report.findings == ()
    assert report.extra == {"results_that_are_no_findings": 2}


def test_results_in_another_file_are_said_to_be_missing():
    obj = log(externalPropertyFileReferences={"results": [{"guid": "x"}]})
    assert "did not come" in read(obj).rejected[0].reason


def test_the_severity_is_a_vector_before_a_level():
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    assert one({"properties": {"cvss": vector}, "level": "note"}).severity == vector
    assert one({"level": "note"}).severity == "note"
    assert one({}).severity == "warning"


def test_a_template_cannot_blow_up_a_message():
    rule = {"id": "R", "messageStrings": {"m": {"text": "{0}" * 1000}}}
    finding = one({"ruleId": "R", "message": {"id": "m", "arguments": ["x" * 1000]}}, rules=[rule])
    assert len(finding.description) < 20_000


def test_a_very_long_rule_id_is_not_searched_for_its_beginnings():
    assert one({"ruleId": "R1/" + "x" * 1000}, rules=[RULE]).cwes == ()


def test_results_beyond_the_limit_are_left_out_and_said_to_be(monkeypatch):
    monkeypatch.setattr(sarif, "MAX_RESULTS", 2)
    report = read(log(*[{"message": {"text": str(n)}} for n in range(5)]))
    assert [finding.title for finding in report.findings] == ["0", "1"]
    assert [part.where for part in report.rejected] == ["/runs/0/results/2"]


@pytest.mark.parametrize(
    ("obj", "where"),
    [
        ([], "/"),
        ({"runs": []}, "/"),
        ({"version": "2.0.0", "runs": []}, "/version"),
        ({"version": "2.1.0", "runs": {}}, "/runs"),
    ],
)
def test_what_is_no_sarif_2_1_log_is_refused(obj, where):
    with pytest.raises(BadInput) as caught:
        read(obj)
    assert caught.value.where == where


def test_real_logs_of_many_tools_are_read_whole():
    files = read_archive(data("findings/defectdojo-scans.tar.zst").read_bytes())
    logs = findings = passed = 0
    for name, content in files.items():
        if not name.endswith(".sarif") and "sarif" not in name:
            continue
        obj = parse_json(content, name=name, replace_unstorable=True)
        if not is_sarif(obj):
            continue
        report = read(obj)
        results = sum(len(run.get("results") or ()) for run in obj["runs"])
        logs += 1
        findings += len(report.findings)
        passed += report.extra.get("results_that_are_no_findings", 0)
        assert report.rejected == (), name
        assert len(report.findings) + report.extra.get("results_that_are_no_findings", 0) == results
        assert len({finding.key for finding in report.findings}) == len(report.findings)
    assert (logs, findings, passed) == (39, 290, 1)
