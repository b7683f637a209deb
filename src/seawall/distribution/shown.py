"""A release as the public tree shows it, read from the documents that were signed."""

import json
from collections.abc import Mapping
from typing import Any

from seawall.advisories.models import Release
from seawall.formats.release_bundle import ReleaseBundle, read_bundle
from seawall.formats.release_documents import DocumentName
from seawall.formats.said import read_said
from seawall.vocab.published import PublishedRelease
from seawall.vocab.tlp import Tlp

_SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "NONE")


def bundle_of(release: Release) -> ReleaseBundle:
    """The release bundle, read."""
    return read_bundle(release.bundle.encode())


def published_release(release: Release) -> PublishedRelease:
    """What everybody may read of a release; its revision and advisory must be at hand."""
    advisory = release.revision.advisory
    documents = bundle_of(release).documents
    kinds = {name: DocumentName.of_file(name).value for name in documents}
    said = {kind: json.loads(documents[name]) for name, kind in kinds.items()}
    csaf = said[DocumentName.CSAF.value]
    return PublishedRelease(
        id=advisory.public_id,
        revision=release.revision.number,
        title=csaf["document"]["title"],
        summary=_description(csaf),
        first_published_at=advisory.published_at or release.released_at,
        updated_at=release.released_at,
        tlp=read_said(csaf).tlp or Tlp.CLEAR,
        documents=documents,
        kinds=kinds,
        ecosystems=_ecosystems(said.get(DocumentName.OSV.value, {})),
        cve=csaf["vulnerabilities"][0].get("cve", ""),
        severity=_severity(csaf),
    )


def _description(csaf: Mapping[str, Any]) -> str:
    for note in csaf["vulnerabilities"][0].get("notes", ()):
        if note["category"] == "description":
            return str(note["text"])
    return ""


def _severity(csaf: Mapping[str, Any]) -> str:
    text = csaf["document"].get("aggregate_severity", {}).get("text", "").upper()
    return text if text in _SEVERITIES else ""


def _ecosystems(osv: Mapping[str, Any]) -> tuple[str, ...]:
    """OSV's words, without a release; GIT for what names commits of a repository alone."""
    found = set()
    for affected in osv.get("affected", ()):
        if name := affected.get("package", {}).get("ecosystem", "").partition(":")[0]:
            found.add(name)
        elif any(each.get("type") == "GIT" for each in affected.get("ranges", ())):
            found.add("GIT")
    return tuple(sorted(found))
