"""Say what is wrong with a document: its schema, then the rules that no schema can state."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from seawall.formats import schema_check
from seawall.formats.csaf_tests import MANDATORY, OPTIONAL
from seawall.formats.csaf_tests.document import CsafDocument
from seawall.formats.osv_checks import osv_checks
from seawall.vocab.errors import BadInput
from seawall.vocab.problems import Problem, ProblemSeverity

_CYCLONEDX = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")


class DocumentKind(StrEnum):
    """The kinds of documents that can be validated."""

    CSAF = "csaf"
    OSV = "osv"
    CVE = "cve"
    OPENVEX = "openvex"
    SARIF = "sarif"
    CYCLONEDX = "cyclonedx"


def detect_kind(document: Any) -> DocumentKind:
    """Tell a document's kind from its own marks; BadInput when it has none."""
    if isinstance(document, dict):
        inner = document.get("document")
        if isinstance(inner, dict) and "csaf_version" in inner:
            return DocumentKind.CSAF
        if document.get("dataType") == "CVE_RECORD" or "cveMetadata" in document:
            return DocumentKind.CVE
        if str(document.get("@context", "")).startswith("https://openvex.dev/ns"):
            return DocumentKind.OPENVEX
        if document.get("bomFormat") == "CycloneDX":
            return DocumentKind.CYCLONEDX
        if "runs" in document and "version" in document:
            return DocumentKind.SARIF
        if "id" in document and "modified" in document:
            return DocumentKind.OSV
        if isinstance(inner, dict) and "tracking" in inner:
            return DocumentKind.CSAF
    raise BadInput(
        "this is no document of a known kind",
        mend="known kinds: " + ", ".join(DocumentKind),
    )


def validate_document(
    document: Any, kind: DocumentKind | None = None, *, optional: bool = False
) -> tuple[Problem, ...]:
    """List the problems of a parsed JSON document; an empty tuple means valid without remark.

    `kind` is detected when it is not given (BadInput when that is impossible). A document is
    invalid when `is_valid` of the answer is False, that is, when one problem is an error.
    `optional` adds, for a CSAF document that satisfies the schema, the warnings of CSAF 2.0 §6.2.
    """
    kind = kind or detect_kind(document)
    found = _CHECKS[kind](document)
    shaped = all(problem.test != "csaf-schema" for problem in found)
    if optional and kind is DocumentKind.CSAF and shaped:
        parsed = CsafDocument(document)
        for test in OPTIONAL.values():
            found.extend(test(parsed))
    return tuple(found)


def is_valid(problems: tuple[Problem, ...]) -> bool:
    """Say whether no problem is an error."""
    return all(problem.severity is not ProblemSeverity.ERROR for problem in problems)


def _csaf(document: Any) -> list[Problem]:
    """Schema, then CSAF 2.0 §6.1; with CVSS objects the only schema problem, §6.1 goes on."""
    found = schema_check.schema_problems(
        schema_check.csaf_validator(), document, test="csaf-schema", clause="CSAF 2.0 §3"
    )
    found = [_as_cvss(p) if _is_cvss(p) else p for p in found]
    if any(p.test == "csaf-schema" for p in found):
        return found
    parsed = CsafDocument(document)
    for test in MANDATORY.values():
        found.extend(test(parsed))
    return found


def _is_cvss(problem: Problem) -> bool:
    """Whether the schema problem lies in a CVSS object (§6.1.8)."""
    steps = problem.pointer.split("/")
    return len(steps) > 5 and steps[1] == "vulnerabilities" and steps[5].startswith("cvss_v")


def _as_cvss(problem: Problem) -> Problem:
    return Problem(
        test="csaf-6.1.8",
        pointer=problem.pointer,
        message=problem.message,
        mend=problem.mend,
        clause="CSAF 2.0 §6.1.8",
    )


def _cve(document: Any) -> list[Problem]:
    state = ""
    if isinstance(document, dict) and isinstance(document.get("cveMetadata"), dict):
        state = str(document["cveMetadata"].get("state"))
    return schema_check.schema_problems(
        schema_check.cve_validator("REJECTED" if state == "REJECTED" else "PUBLISHED"),
        document,
        test="cve-schema",
        clause="CVE Record Format 5.1.1",
    )


def _osv(document: Any) -> list[Problem]:
    found = schema_check.schema_problems(
        schema_check.osv_validator(), document, test="osv-schema", clause="OSV schema 1.6.7"
    )
    return found or osv_checks(document)


def _openvex(document: Any) -> list[Problem]:
    return schema_check.schema_problems(
        schema_check.openvex_validator(),
        document,
        test="openvex-schema",
        clause="OpenVEX Specification 0.2.0",
    )


def _sarif(document: Any) -> list[Problem]:
    return schema_check.schema_problems(
        schema_check.sarif_validator(), document, test="sarif-schema", clause="SARIF 2.1.0"
    )


def _cyclonedx(document: Any) -> list[Problem]:
    version = document.get("specVersion") if isinstance(document, dict) else None
    if version not in _CYCLONEDX:
        return [
            Problem(
                test="cyclonedx-version",
                pointer="/specVersion",
                message=f"CycloneDX {version!r} is not known here",
                mend="use one of " + ", ".join(_CYCLONEDX),
            )
        ]
    return schema_check.schema_problems(
        schema_check.cyclonedx_validator(version),
        document,
        test="cyclonedx-schema",
        clause=f"CycloneDX {version}",
    )


_CHECKS: dict[DocumentKind, Callable[[Any], list[Problem]]] = {
    DocumentKind.CSAF: _csaf,
    DocumentKind.OSV: _osv,
    DocumentKind.CVE: _cve,
    DocumentKind.OPENVEX: _openvex,
    DocumentKind.SARIF: _sarif,
    DocumentKind.CYCLONEDX: _cyclonedx,
}
