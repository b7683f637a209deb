"""`seawall advisory validate`."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from formats.releases import RELEASE
from seawall.cli.main import root
from seawall.formats.release_documents import DocumentName, write_documents

GOOD = write_documents(RELEASE).documents


def run(*arguments: object) -> Result:
    return CliRunner().invoke(root, ["advisory", "validate", *map(str, arguments)])


def written(folder: Path, name: str, document: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return written(tmp_path, "good.json", GOOD[DocumentName.CSAF])


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    document = copy.deepcopy(GOOD[DocumentName.CSAF])
    document["vulnerabilities"][0]["scores"][0]["cvss_v3"]["baseScore"] = 1.0
    return written(tmp_path, "bad.json", document)


def test_a_valid_document_is_told_in_one_line(good: Path) -> None:
    result = run(good)
    assert (result.exit_code, result.output) == (0, f"{good}: valid CSAF\n")


def test_an_invalid_document_is_told_with_place_clause_and_remedy(bad: Path) -> None:
    result = run(bad)
    assert result.exit_code == 1
    assert result.output == (
        f"{bad}: invalid CSAF, 1 error\n"
        "  error CSAF 2.0 §6.1.9\n"
        "    at /vulnerabilities/0/scores/0/cvss_v3/baseScore: the vector gives 7.8, not 1.0\n"
        "    mend: write 7.8 or correct the vector\n"
    )


def test_json_has_the_same_for_programs(bad: Path) -> None:
    result = run(bad, "--json")
    answer = json.loads(result.output)
    assert result.exit_code == 1
    assert (answer["kind"], answer["valid"]) == ("csaf", False)
    assert [p["test"] for p in answer["problems"]] == ["csaf-6.1.9"]


def test_several_files_give_a_list_and_the_worst_exit_code(
    good: Path, bad: Path, tmp_path: Path
) -> None:
    assert run(good, bad).exit_code == 1
    answers = json.loads(run(good, bad, "--json").output)
    assert [answer["valid"] for answer in answers] == [True, False]
    assert run(good, bad, tmp_path / "absent.json").exit_code == 2


def test_a_warning_leaves_a_document_valid(tmp_path: Path) -> None:
    result = run(written(tmp_path, "osv.json", GOOD[DocumentName.OSV]))
    assert result.exit_code == 0
    assert "valid OSV, 1 warning\n  warning OSV schema" in result.output


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"a": NaN}', "\x00"])
def test_what_is_no_document_is_unreadable(tmp_path: Path, text: str) -> None:
    path = tmp_path / "what.json"
    path.write_text(text, encoding="utf-8")
    result = run(path)
    assert result.exit_code == 2
    assert result.output.startswith(f"seawall: {path}: ")
    assert result.output.count("\n") == 1


def test_a_kind_can_be_demanded(good: Path) -> None:
    result = run(good, "--kind", "osv")
    assert result.exit_code == 1
    assert "invalid OSV" in result.output


def test_foreign_text_cannot_drive_the_terminal(tmp_path: Path) -> None:
    document = copy.deepcopy(GOOD[DocumentName.CSAF])
    document["document"]["\x1b[31mred"] = 1
    document["document"]["lang"] = "\x1b[2J"
    result = run(written(tmp_path, "evil.json", document))
    assert result.exit_code == 1
    assert "\x1b" not in result.output
    vex = copy.deepcopy(GOOD[DocumentName.OPENVEX])
    vex["statements"][0]["products"][0]["hashes"] = {"\x1b[2J": "not hex"}
    result = run(written(tmp_path, "vex.json", vex))
    assert "hashes/ [2J" in result.output
    assert "\x1b" not in result.output


def test_optional_tests_are_asked_for(tmp_path: Path) -> None:
    document = copy.deepcopy(GOOD[DocumentName.CSAF])
    del document["document"]["lang"]
    path = written(tmp_path, "csaf.json", document)
    assert run(path).output == f"{path}: valid CSAF\n"
    result = run(path, "--optional")
    assert result.exit_code == 0
    assert "valid CSAF, 1 warning\n  warning CSAF 2.0 §6.2.12\n" in result.output
