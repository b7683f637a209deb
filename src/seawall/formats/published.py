"""A published release read back from its documents."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from seawall.formats.bounded import parse_json
from seawall.formats.release_documents import DocumentName
from seawall.vocab.errors import BadInput
from seawall.vocab.published import PublishedRelease
from seawall.vocab.tlp import Tlp

_MAX_BYTES = 32 << 20
_LABELS = {"WHITE": Tlp.CLEAR, "GREEN": Tlp.GREEN, "AMBER": Tlp.AMBER, "RED": Tlp.RED}
_SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "NONE")


def published_release(*, id: str, revision: int, documents: Mapping[str, str]) -> PublishedRelease:
    """What the documents (file name → text) of a release say about it; its dates are those of the
    CSAF advisory. Raises BadInput when there is none among them or one cannot be read."""
    kinds = {name: DocumentName.of_file(name) for name in documents}
    read = {kind: _read(documents[name], name) for name, kind in kinds.items()}
    if DocumentName.CSAF not in read:
        raise BadInput(f"{id} has no CSAF document")
    try:
        head = read[DocumentName.CSAF]["document"]
        tracking = head["tracking"]
        osv = read.get(DocumentName.OSV, {})
        severity = head.get("aggregate_severity", {}).get("text", "").upper()
        return PublishedRelease(
            id=id,
            revision=revision,
            title=head["title"],
            summary=_description(read[DocumentName.CSAF]),
            first_published_at=datetime.fromisoformat(tracking["initial_release_date"]),
            updated_at=datetime.fromisoformat(tracking["current_release_date"]),
            tlp=_LABELS[head["distribution"]["tlp"]["label"]],
            documents=documents,
            kinds={name: kind.value for name, kind in kinds.items()},
            ecosystems=_ecosystems(osv),
            cve=read.get(DocumentName.CVE, {}).get("cveMetadata", {}).get("cveId", ""),
            severity=severity if severity in _SEVERITIES else "",
            withdrawn_at=datetime.fromisoformat(osv["withdrawn"]) if "withdrawn" in osv else None,
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"a document of {id} lacks what each has: {error}") from error


def _description(csaf: Mapping[str, Any]) -> str:
    for note in csaf["vulnerabilities"][0].get("notes", ()):
        if note["category"] == "description":
            return str(note["text"])
    return ""


def _read(text: str, name: str) -> Any:
    return parse_json(text.encode(), max_bytes=_MAX_BYTES, name=name)


def _ecosystems(osv: Mapping[str, Any]) -> tuple[str, ...]:
    """OSV's words, without a release; "GIT" for what names commits of a repository alone."""
    found = set()
    for affected in osv.get("affected", ()):
        if name := affected.get("package", {}).get("ecosystem", "").partition(":")[0]:
            found.add(name)
        elif any(span.get("type") == "GIT" for span in affected.get("ranges", ())):
            found.add("GIT")
    return tuple(sorted(found))
