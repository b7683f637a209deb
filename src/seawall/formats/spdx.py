"""SPDX 2.2 and 2.3 (ISO/IEC 5962), JSON and tag-value, and SPDX 3.0 JSON-LD, as SBOM documents."""

import re
from collections.abc import Iterator
from typing import Any

from seawall.formats.sbom_parts import Gathering, word
from seawall.vocab.components import SbomDocument
from seawall.vocab.errors import BadInput

_KINDS = {"APPLICATION", "CONTAINER", "DEVICE", "FILE", "FIRMWARE", "FRAMEWORK", "LIBRARY"}
_TAG = re.compile(r"([A-Za-z]+):[ \t]*(.*)")


def read_object(document: dict[str, Any], *, name: str = "") -> SbomDocument:
    """Read an SPDX 2 document that is parsed JSON."""
    packages = document.get("packages")
    if packages is not None and not isinstance(packages, list):
        raise BadInput("packages is not an array", where=f"{name} /packages".strip())
    found = Gathering()
    for index, package in enumerate(packages or []):
        if not isinstance(package, dict) or not word(package, "name"):
            found.broken(f"/packages/{index} is no package: it has no name")
            continue
        references = list(_references(package.get("externalRefs")))
        if _is_bare_subject(package, document, references):
            continue
        found.add(
            ref=word(package, "SPDXID"),
            name=word(package, "name"),
            version=_said(word(package, "versionInfo")),
            purl=_reference(references, "purl"),
            cpe=_reference(references, "cpe23Type") or _reference(references, "cpe22Type"),
            kind=_kind(word(package, "primaryPackagePurpose")),
            hashes=tuple(_checksums(package.get("checksums"), "algorithm", "checksumValue")),
        )
    return found.document(
        format_="SPDX",
        spec_version=word(document, "spdxVersion").removeprefix("SPDX-"),
        name=word(document, "name"),
        version="",
        serial=word(document, "documentNamespace"),
    )


def _is_bare_subject(
    package: dict[str, Any], document: dict[str, Any], references: list[tuple[str, str]]
) -> bool:
    """The one package that the document describes counts only when a purl says what it is."""
    if _reference(references, "purl") or len(document.get("packages") or []) < 2:
        return False
    described = document.get("documentDescribes")
    relations = document.get("relationships")
    listed = described if isinstance(described, list) else []
    subjects = {one for one in listed if isinstance(one, str)}
    for one in relations if isinstance(relations, list) else ():
        if isinstance(one, dict) and word(one, "relationshipType") == "DESCRIBES":
            subjects.add(word(one, "relatedSpdxElement"))
    return subjects == {word(package, "SPDXID")}


def _references(listed: Any) -> Iterator[tuple[str, str]]:
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict):
            yield word(one, "referenceType").rpartition("/")[2], word(one, "referenceLocator")


def _reference(references: list[tuple[str, str]], kind: str) -> str:
    return next((value for name, value in references if name == kind), "")


def _checksums(listed: Any, algorithm: str, value: str) -> Iterator[tuple[str, str]]:
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and word(one, algorithm) and word(one, value):
            yield word(one, algorithm), word(one, value)


def _said(value: str) -> str:
    return "" if value in ("NOASSERTION", "NONE") else value


def _kind(purpose: str) -> str:
    return purpose.lower() if purpose.upper() in _KINDS else "library"


def read_tag_value(text: str, *, name: str = "") -> SbomDocument:
    """Read an SPDX 2 document in tag-value form."""
    document: dict[str, Any] = {"packages": [], "relationships": []}
    package: dict[str, Any] | None = None
    for tag, value in _tags(text):
        if tag == "PackageName":
            package = {"name": value, "externalRefs": [], "checksums": []}
            document["packages"].append(package)
        elif tag in ("FileName", "SnippetSPDXID"):
            package = None
        elif tag in _DOCUMENT_TAGS:
            document[_DOCUMENT_TAGS[tag]] = value
        elif tag == "Relationship":
            document["relationships"].append(_relationship(value))
        elif package is not None:
            _package_tag(package, tag, value)
    if "spdxVersion" not in document:
        raise BadInput("no SPDXVersion", where=name)
    return read_object(document, name=name)


_DOCUMENT_TAGS = {
    "SPDXVersion": "spdxVersion",
    "DocumentName": "name",
    "DocumentNamespace": "documentNamespace",
}
_PACKAGE_TAGS = {
    "SPDXID": "SPDXID",
    "PackageVersion": "versionInfo",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
}


def _package_tag(package: dict[str, Any], tag: str, value: str) -> None:
    if tag in _PACKAGE_TAGS:
        package[_PACKAGE_TAGS[tag]] = value
    elif tag == "ExternalRef":
        parts = value.split(None, 2)
        if len(parts) == 3:
            reference = {"referenceType": parts[1], "referenceLocator": parts[2]}
            package["externalRefs"].append(reference)
    elif tag == "PackageChecksum":
        algorithm, _, digest = value.partition(":")
        package["checksums"].append({"algorithm": algorithm, "checksumValue": digest.strip()})


def _relationship(value: str) -> dict[str, str]:
    parts = (*value.split(), "", "", "")
    return {"relationshipType": parts[1], "relatedSpdxElement": parts[2]}


def _tags(text: str) -> Iterator[tuple[str, str]]:
    """Tag and value of each line; <text> blocks are joined over lines."""
    lines = iter(text.splitlines())
    for line in lines:
        match = _TAG.match(line)
        if match is None:
            continue
        tag, value = match.groups()
        if value.startswith("<text>"):
            block = [value.removeprefix("<text>")]
            while "</text>" not in block[-1]:
                following = next(lines, None)
                if following is None:
                    break
                block.append(following)
            value = "\n".join(block).partition("</text>")[0]
        yield tag, value.strip()


def read_graph(document: dict[str, Any], *, name: str = "") -> SbomDocument:
    """Read an SPDX 3.0 document that is parsed JSON-LD."""
    graph = document.get("@graph")
    if not isinstance(graph, list):
        raise BadInput("@graph is not an array", where=f"{name} /@graph".strip())
    found = Gathering()
    about: dict[str, str] = {"spec": "3.0", "name": "", "serial": ""}
    for index, element in enumerate(graph):
        if not isinstance(element, dict):
            found.broken(f"/@graph/{index} is no element")
            continue
        kind = (word(element, "type") or word(element, "@type")).rpartition("/")[2]
        if kind in ("software_Package", "Package"):
            _graph_package(element, f"/@graph/{index}", found)
        elif kind == "SpdxDocument":
            about |= {"name": word(element, "name"), "serial": word(element, "spdxId")}
        elif kind == "CreationInfo":
            about["spec"] = word(element, "specVersion") or about["spec"]
    return found.document(
        format_="SPDX",
        spec_version=about["spec"],
        name=about["name"],
        version="",
        serial=about["serial"],
    )


def _graph_package(element: dict[str, Any], where: str, found: Gathering) -> None:
    if not word(element, "name"):
        found.broken(f"{where} is no package: it has no name")
        return
    listed = element.get("externalIdentifier")
    identifiers = [
        (word(one, "externalIdentifierType"), word(one, "identifier"))
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict)
    ]
    found.add(
        ref=word(element, "spdxId"),
        name=word(element, "name"),
        version=word(element, "software_packageVersion"),
        purl=word(element, "software_packageUrl") or _reference(identifiers, "packageUrl"),
        cpe=_reference(identifiers, "cpe23"),
        kind=_kind(word(element, "software_primaryPurpose")),
        hashes=tuple(_checksums(element.get("verifiedUsing"), "algorithm", "hashValue")),
    )
