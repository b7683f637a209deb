"""The CSAF Technical Committee's own documents for the mandatory tests."""

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.formats.csaf_tests import MANDATORY
from seawall.formats.validate import validate_document

_FILE = Path(__file__).parent.parent / "vectors" / "csaf20" / "mandatory.json"
VECTORS: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))


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
