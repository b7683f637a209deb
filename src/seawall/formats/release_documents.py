"""All documents of a release together: written, and what was refused with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from seawall.formats.consistency import check_consistency
from seawall.formats.csaf_tests.optional_document import csaf_filename
from seawall.formats.indented import indented
from seawall.formats.release_facts import facts_of
from seawall.formats.validate import DocumentKind, validate_document
from seawall.formats.write_csaf import csaf_both
from seawall.formats.write_cve import cve_record
from seawall.formats.write_openvex import openvex
from seawall.formats.write_osv import osv
from seawall.vocab.decisions import Refused
from seawall.vocab.problems import Problem
from seawall.vocab.release import AdvisoryRelease


class DocumentName(StrEnum):
    """The documents of a release."""

    CSAF = "csaf"
    CSAF_VEX = "csaf-vex"
    OSV = "osv"
    CVE = "cve"
    OPENVEX = "openvex"

    @property
    def kind(self) -> DocumentKind:
        """What `validate_document` takes it for."""
        return DocumentKind.CSAF if self is DocumentName.CSAF_VEX else DocumentKind(self.value)

    @classmethod
    def of_file(cls, name: str) -> "DocumentName":
        """Which document a file of a release holds; see `file_name`."""
        if name.endswith(".osv.json"):
            return cls.OSV
        if name.endswith(".openvex.json"):
            return cls.OPENVEX
        if name.startswith("CVE-"):
            return cls.CVE
        return cls.CSAF_VEX if name.endswith("-vex.json") else cls.CSAF


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDocuments:
    """The documents by name, and the reason for each that must not be."""

    documents: Mapping[DocumentName, dict[str, Any]]
    refused: Mapping[DocumentName, Refused]


def write_documents(release: AdvisoryRelease) -> ReleaseDocuments:
    """Write every document of a release; BadInput when the release contradicts itself."""
    facts = facts_of(release)
    advisory, vex = csaf_both(facts)
    made: dict[DocumentName, dict[str, Any] | Refused] = {
        DocumentName.CSAF: advisory,
        DocumentName.CSAF_VEX: vex,
        DocumentName.OSV: osv(release, facts=facts),
        DocumentName.CVE: cve_record(release, facts=facts),
        DocumentName.OPENVEX: openvex(release, facts=facts),
    }
    return ReleaseDocuments(
        documents={name: d for name, d in made.items() if not isinstance(d, Refused)},
        refused={name: d for name, d in made.items() if isinstance(d, Refused)},
    )


def check_documents(
    documents: Mapping[DocumentName, dict[str, Any]],
) -> Mapping[DocumentName | None, tuple[Problem, ...]]:
    """Problems by document, and under None those of the documents with each other.

    Only documents with problems are listed. Nothing may leave while one of them is an error.
    """
    found: dict[DocumentName | None, tuple[Problem, ...]] = {
        name: validate_document(document, name.kind) for name, document in documents.items()
    }
    found[None] = check_consistency(tuple(documents.values()))
    return {name: problems for name, problems in found.items() if problems}


def document_text(document: Mapping[str, Any]) -> str:
    """A document as it is given out, to the byte; digests and signatures are over its UTF-8."""
    return indented(document) + "\n"


def file_name(name: DocumentName, release: AdvisoryRelease) -> str:
    """The file name of a document: CSAF §5.1 for CSAF, the id for the others."""
    tracking = release.tracking_id
    match name:
        case DocumentName.CSAF:
            return csaf_filename(tracking)
        case DocumentName.CSAF_VEX:
            return csaf_filename(f"{tracking}-VEX")
        case DocumentName.CVE:
            return f"{release.cve}.json"
        case DocumentName.OSV:
            return f"{tracking}.osv.json"
        case DocumentName.OPENVEX:
            return f"{tracking}.openvex.json"
