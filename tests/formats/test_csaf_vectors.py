"""The CSAF Technical Committee's own documents for the tests of §6."""

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.formats.csaf_tests import MANDATORY, OPTIONAL
from seawall.formats.validate import validate_document
from seawall.vocab.problems import ProblemSeverity

_FOLDER = Path(__file__).parent.parent / "vectors" / "csaf20"
VECTORS: dict[str, Any] = json.loads((_FOLDER / "mandatory.json").read_text("utf-8"))
OPTIONAL_VECTORS: dict[str, Any] = json.loads((_FOLDER / "optional.json").read_text("utf-8"))


def _clause(name: str) -> tuple[str, bool]:
    """The clause that a document is for, and whether it must pass."""
    *clause, number = name.removeprefix("oasis_csaf_tc-csaf_2_0-2021-").split("-")
    return ".".join(str(int(part)) for part in clause), int(number) >= 11


@pytest.mark.parametrize("name", VECTORS)
def test_the_committee_s_documents_pass_and_fail_as_it_says(name: str) -> None:
    clause, passes = _clause(name)
    found = {problem.test for problem in validate_document(VECTORS[name])}
    if passes:
        assert found == set()
    else:
        assert f"csaf-{clause}" in found


def test_every_mandatory_test_has_a_document_that_must_fail() -> None:
    failing = {clause for clause, passes in map(_clause, VECTORS) if not passes}
    assert failing == set(MANDATORY)


@pytest.mark.parametrize("name", OPTIONAL_VECTORS)
def test_the_committee_s_documents_are_warned_of_as_it_says(name: str) -> None:
    clause, passes = _clause(name)
    found = validate_document(OPTIONAL_VECTORS[name], optional=True)
    warned = {p.test for p in found if p.severity is ProblemSeverity.WARNING}
    assert (f"csaf-{clause}" in warned) != passes


def test_every_optional_test_has_a_document_that_must_fail() -> None:
    failing = {clause for clause, passes in map(_clause, OPTIONAL_VECTORS) if not passes}
    assert failing == set(OPTIONAL)


def test_optional_tests_are_run_on_demand_only() -> None:
    document = next(iter(OPTIONAL_VECTORS.values()))
    assert validate_document(document) == ()
