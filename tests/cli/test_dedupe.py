"""`seawall dedupe` as people and programs use it."""

import json
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner

from seawall.cli.dedupe import command

CRASH = "==1==ERROR: AddressSanitizer: SEGV on unknown address 0x7f\n    #0 0x1 in {f} /src/{at}\n"


def crash_line(key: str, at: str, **more) -> str:
    return json.dumps({"id": key, "report": CRASH.format(f="read_it", at=at), **more})


def write(folder: Path, *lines: str, name: str = "in.jsonl") -> str:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def run(*arguments: str, code: int = 0):
    result = CliRunner().invoke(command, list(arguments))
    assert result.exit_code == code, result.output + result.stderr
    return result


def test_crashes_are_grouped_and_explained(tmp_path):
    file = write(
        tmp_path, crash_line("a", "x.c:1"), crash_line("b", "x.c:1"), crash_line("c", "y.c:2")
    )
    out = run(file).stdout
    assert "a  2 findings  SEGV on unknown address 0x7f" in out
    assert "also b" in out
    assert "same crash: both fail at x.c:1 in read_it" in out
    assert "3 read, 2 unique, 1 merged" in out
    assert "precision" not in out


def test_labels_give_precision_and_recall(tmp_path):
    file = write(
        tmp_path,
        crash_line("a", "x.c:1", label="one"),
        crash_line("b", "x.c:1", label="one"),
        crash_line("c", "y.c:2", label="one"),
    )
    assert "precision 1.0000, recall 0.3333, F1 0.5000" in run(file).stdout
    assert json.loads(run(file, "--json").stdout)["score"] == {
        "precision": 1.0,
        "recall": 1 / 3,
        "f1": 0.5,
    }


def test_json_has_groups_with_their_links(tmp_path):
    file = write(tmp_path, crash_line("a", "x.c:1"), crash_line("b", "x.c:1"))
    answer = json.loads(run(file, "--json").stdout)
    assert {k: answer[k] for k in ("read", "unique", "merged")} == {
        "read": 2,
        "unique": 1,
        "merged": 1,
    }
    assert answer["groups"] == [
        {
            "key": "a",
            "members": ["a", "b"],
            "finders": [],
            "links": [
                {
                    "a": "b",
                    "b": "a",
                    "signal": "same crash",
                    "strength": "certain",
                    "explanation": "both fail at x.c:1 in read_it",
                }
            ],
            "near": [],
        }
    ]


def test_findings_with_facts_are_grouped_by_the_fix(tmp_path):
    lines = [
        json.dumps({"id": k, "title": t, "target": "pkg:npm/x", "silenced_by": ["f1"]})
        for k, t in (("a", "hangs"), ("b", "uses up memory"))
    ]
    assert "same fix: fix f1 silences both" in run(write(tmp_path, *lines)).stdout


def test_weaker_links_join_only_when_asked_for(tmp_path):
    lines = [
        json.dumps({"id": k, "title": t, "target": "pkg:npm/x", "cwes": ["CWE-1321"]})
        for k, t in (("a", "Prototype pollution in zipObjectDeep"), ("b", "zipObjectDeep pollutes"))
    ]
    file = write(tmp_path, *lines)
    assert "near b: texts alike" in run(file).stdout
    assert "2 read, 1 unique" in run(file, "--at-least", "possible").stdout


def test_a_report_of_intake_is_read_and_its_findings_stay_apart(tmp_path):
    def result(line):
        place = {"artifactLocation": {"uri": "db.py"}, "region": {"startLine": line}}
        return {
            "ruleId": "sql",
            "message": {"text": "SQL built from strings"},
            "locations": [{"physicalLocation": place}],
        }

    sarif = {
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "t"}}, "results": [result(1), result(4)]}],
    }
    path = tmp_path / "scan.sarif"
    path.write_text(json.dumps(sarif))
    assert "2 read, 2 unique, 0 merged" in run(str(path)).stdout


def test_compressed_lines_are_read(tmp_path):
    path = tmp_path / "in.jsonl.zst"
    path.write_bytes(zstandard.compress(crash_line("a", "x.c:1").encode()))
    assert "1 read, 1 unique" in run(str(path)).stdout


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{nonsense", "line 2"),
        ("[1]", "line 2: not a JSON object"),
        ('{"id": "b", "report": "no crash"}', "line 2 report: no sanitizer report"),
        ('{"id": "b"}', "line 2: neither report nor title"),
        ('{"id": "b", "title": "x", "cwes": "CWE-1"}', "line 2 cwes: not a list"),
        ('{"id": "b", "title": "x", "locations": [{"line": "1"}]}', "line 2 locations/line"),
        ('{"id": "b", "report": "x", "silenced_by": [1]}', "line 2 silenced_by"),
        (crash_line("a", "x.c:1"), "the id a comes twice"),
    ],
)
def test_bad_input_names_the_line_in_one_line(tmp_path, line, words):
    file = write(tmp_path, crash_line("a", "x.c:1"), line)
    result = run(file, code=2)
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_missing_file_is_one_clear_line(tmp_path):
    result = run(str(tmp_path / "none.jsonl"), code=2)
    assert "No such file" in result.stderr
    assert result.stderr.count("\n") == 1
