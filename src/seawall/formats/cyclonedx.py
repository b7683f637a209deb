"""CycloneDX 1.2 to 1.7 (ECMA-424), JSON and XML, as an SBOM document."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree as SafeTree
from defusedxml.common import DefusedXmlException

from seawall.formats.sbom_parts import Gathering, word
from seawall.vocab.components import SbomDocument
from seawall.vocab.errors import BadInput

_NAMESPACE = "http://cyclonedx.org/schema/bom/"
_MAX_XML_DEPTH = 64


def read_object(bom: dict[str, Any], *, name: str = "") -> SbomDocument:
    """Read a CycloneDX BOM that is parsed JSON."""
    listed = bom.get("components")
    if listed is not None and not isinstance(listed, list):
        raise BadInput("components is not an array", where=f"{name} /components".strip())
    found = Gathering()
    metadata = bom.get("metadata")
    subject = metadata.get("component") if isinstance(metadata, dict) else None
    if isinstance(subject, dict):
        _read_subject(subject, found)
    _read_components(listed or [], "/components", found)
    subject = subject if isinstance(subject, dict) else {}
    return found.document(
        format_="CycloneDX",
        spec_version=word(bom, "specVersion"),
        name=_full_name(subject),
        version=word(subject, "version"),
        serial=word(bom, "serialNumber"),
    )


def _read_subject(subject: dict[str, Any], found: Gathering) -> None:
    """The thing the SBOM is about is a component too, when a purl says which."""
    if word(subject, "purl"):
        _add(subject, found)
    nested = subject.get("components")
    if isinstance(nested, list):
        _read_components(nested, "/metadata/component/components", found)


def _read_components(listed: list[Any], where: str, found: Gathering) -> None:
    pending = [(item, f"{where}/{index}") for index, item in enumerate(listed)]
    pending.reverse()
    while pending:
        item, place = pending.pop()
        if not isinstance(item, dict) or not word(item, "name"):
            found.broken(f"{place} is no component: it has no name")
            continue
        _add(item, found)
        nested = item.get("components")
        if isinstance(nested, list):
            inner = [(one, f"{place}/components/{i}") for i, one in enumerate(nested)]
            pending += reversed(inner)


def _add(item: dict[str, Any], found: Gathering) -> None:
    found.add(
        ref=word(item, "bom-ref"),
        name=_full_name(item),
        version=word(item, "version"),
        purl=word(item, "purl"),
        cpe=word(item, "cpe"),
        kind=word(item, "type") or "library",
        hashes=tuple(_hashes(item.get("hashes"))),
    )


def _full_name(item: dict[str, Any]) -> str:
    group = word(item, "group")
    return f"{group}/{word(item, 'name')}" if group else word(item, "name")


def _hashes(listed: Any) -> Iterator[tuple[str, str]]:
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and word(one, "alg") and word(one, "content"):
            yield word(one, "alg"), word(one, "content")


def read_xml(text: str, *, name: str = "") -> SbomDocument:
    """Read a CycloneDX BOM in XML; document types and entities are refused."""
    try:
        root = SafeTree.fromstring(text, forbid_dtd=True)
    except ParseError as error:
        raise BadInput(f"not XML: {error}", where=name) from None
    except DefusedXmlException:
        raise BadInput(
            "the XML declares a document type or entities", where=name, mend="remove them"
        ) from None
    except ValueError as error:
        raise BadInput(f"not XML: {error}", where=name) from None
    space, _, tag = root.tag.removeprefix("{").rpartition("}")
    if tag != "bom" or not space.startswith(_NAMESPACE):
        raise BadInput("XML, but not a CycloneDX BOM", where=name)
    bom = {
        "specVersion": space.removeprefix(_NAMESPACE),
        "serialNumber": root.get("serialNumber") or "",
        "metadata": {"component": _xml_component(root.find("{*}metadata/{*}component"), 0)},
        "components": [_xml_component(item, 0) for item in root.iterfind("{*}components/*")],
    }
    return read_object(bom, name=name)


def _xml_component(item: Element | None, depth: int) -> dict[str, Any] | None:
    """The JSON form of a component element, as far as it is read."""
    if item is None:
        return None
    if depth > _MAX_XML_DEPTH:
        raise BadInput(f"components are nested more than {_MAX_XML_DEPTH} deep")
    made: dict[str, Any] = {"type": item.get("type"), "bom-ref": item.get("bom-ref")}
    for key in ("group", "name", "version", "purl", "cpe"):
        made[key] = item.findtext(f"{{*}}{key}")
    made["hashes"] = [
        {"alg": one.get("alg"), "content": one.text} for one in item.iterfind("{*}hashes/*")
    ]
    made["components"] = [
        _xml_component(one, depth + 1) for one in item.iterfind("{*}components/*")
    ]
    return made
