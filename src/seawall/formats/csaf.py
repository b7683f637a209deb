"""CSAF 2.0 documents: read into types, and written back without loss."""

from collections.abc import Mapping
from typing import Any

from seawall.formats import csaf_types as t
from seawall.formats.bounded import as_list, as_object, as_text, pointer
from seawall.formats.shapes import Field, Shape, moment, shape, shapes, text, texts
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp

VERSION = "2.0"
_TLP = {
    "RED": Tlp.RED,
    "AMBER+STRICT": Tlp.AMBER_STRICT,
    "AMBER": Tlp.AMBER,
    "GREEN": Tlp.GREEN,
    "WHITE": Tlp.CLEAR,
    "CLEAR": Tlp.CLEAR,
}
_LABELS = {
    Tlp.RED: "RED",
    Tlp.AMBER_STRICT: "RED",  # CSAF 2.0 has TLP 1.0 only: never looser than what was meant
    Tlp.AMBER: "AMBER",
    Tlp.GREEN: "GREEN",
    Tlp.CLEAR: "WHITE",
}


def is_csaf(obj: Any) -> bool:
    """Say whether a JSON value claims to be a CSAF document."""
    document = obj.get("document") if isinstance(obj, dict) else None
    return isinstance(document, dict) and "csaf_version" in document


def read_csaf(obj: Any) -> t.CsafDocument:
    """The typed form of a CSAF 2.0 document; BadInput points at what cannot be used.

    Only what later work rests on is required here (title, tracking id, publisher's name, ids of
    products, text of notes); the standard's own mandatory tests are `seawall advisory validate`.
    """
    top = as_object(obj, "")
    version = as_object(top.get("document"), "/document").get("csaf_version")
    if version != VERSION:
        raise BadInput(
            f"CSAF {version!s} is not read here",
            where="/document/csaf_version",
            mend=f"send CSAF {VERSION}",
        )
    return _DOCUMENT.read(top)


def write_csaf(document: t.CsafDocument) -> dict[str, Any]:
    """The JSON of a document; for one that was read and not changed, the same JSON."""
    return _DOCUMENT.write(document)


def _json_object(attr: str) -> Field:
    return Field(attr=attr, read=as_object, write=dict, empty=None)


def _member(attr: str, key: str) -> Field:
    """An object of which one string matters; the rest of it is kept as spelling."""

    def read(value: Any, where: str) -> str:
        return as_text(as_object(value, where).get(key, ""), pointer(where, key))

    return Field(attr=attr, read=read, write=lambda word: {key: word})


def _read_cwe(value: Any, where: str) -> tuple[str, str]:
    obj = as_object(value, where)
    words = [as_text(obj.get(key, ""), pointer(where, key)) for key in ("id", "name")]
    return words[0], words[1]


def _read_tlp(value: Any, where: str) -> Tlp | None:
    label = as_text(as_object(value, where).get("label", ""), pointer(where, "label"))
    if label and label not in _TLP:
        raise BadInput(f"{label!r} is no TLP label", where=pointer(where, "label"))
    return _TLP.get(label)


def _read_file_hashes(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    found = []
    for index, item in enumerate(as_list(value, where)):
        place = f"{where}/{index}"
        obj = as_object(item, place)
        algorithm, digest = (
            as_text(obj.get(key, ""), pointer(place, key)) for key in ("algorithm", "value")
        )
        found.append((algorithm, digest))
    return tuple(found)


def _write_file_hashes(hashes: tuple[tuple[str, str], ...]) -> list[Mapping[str, str]]:
    return [{"algorithm": algorithm, "value": digest} for algorithm, digest in hashes]


def _read_branches(value: Any, where: str) -> tuple[t.Branch, ...]:
    return tuple(_BRANCH.read(item, f"{where}/{i}") for i, item in enumerate(as_list(value, where)))


def _write_branches(branches: tuple[t.Branch, ...]) -> list[Any]:
    return [_BRANCH.write(branch) for branch in branches]


_NOTE = Shape(
    t.Note,
    {
        "category": text("category"),
        "text": text("text", required=True),
        "title": text("title"),
        "audience": text("audience"),
    },
)
_REFERENCE = Shape(
    t.CsafReference,
    {
        "url": text("url", required=True),
        "summary": text("summary"),
        "category": Field(attr="category", read=as_text, write=str, empty="external"),
    },
)
_ACKNOWLEDGMENT = Shape(
    t.Acknowledgment,
    {
        "names": texts("names"),
        "organization": text("organization"),
        "summary": text("summary"),
        "urls": texts("urls"),
    },
)
_PUBLISHER = Shape(
    t.Publisher,
    {
        "name": text("name", required=True),
        "category": text("category"),
        "namespace": text("namespace"),
        "contact_details": text("contact_details"),
        "issuing_authority": text("issuing_authority"),
    },
)
_REVISION = Shape(
    t.Revision,
    {
        "number": text("number", required=True),
        "date": moment("date"),
        "summary": text("summary"),
        "legacy_version": text("legacy_version"),
    },
)
_TRACKING = Shape(
    t.Tracking,
    {
        "id": text("id", required=True),
        "status": text("status"),
        "version": text("version"),
        "initial_release_date": moment("initial_release_date"),
        "current_release_date": moment("current_release_date"),
        "aliases": texts("aliases"),
        "revision_history": shapes("revision_history", _REVISION),
    },
)
_DISTRIBUTION = Shape(
    t.Distribution,
    {
        "tlp": Field(
            attr="tlp", read=_read_tlp, write=lambda tlp: {"label": _LABELS[tlp]}, empty=None
        ),
        "text": text("text"),
    },
)
_META = Shape(
    t.DocumentMeta,
    {
        "category": text("category"),
        "csaf_version": text("csaf_version", required=True),
        "title": text("title", required=True),
        "publisher": shape("publisher", _PUBLISHER, required=True),
        "tracking": shape("tracking", _TRACKING, required=True),
        "lang": text("lang"),
        "source_lang": text("source_lang"),
        "distribution": shape("distribution", _DISTRIBUTION),
        "aggregate_severity": _member("aggregate_severity", "text"),
        "notes": shapes("notes", _NOTE),
        "references": shapes("references", _REFERENCE),
        "acknowledgments": shapes("acknowledgments", _ACKNOWLEDGMENT),
    },
)
_FILE_HASHES = Shape(
    t.FileHashes,
    {
        "filename": text("filename"),
        "file_hashes": Field(
            attr="hashes", read=_read_file_hashes, write=_write_file_hashes, empty=()
        ),
    },
)
_HELPER = Shape(
    t.Helper,
    {
        "purl": text("purl"),
        "cpe": text("cpe"),
        "hashes": shapes("hashes", _FILE_HASHES),
        "model_numbers": texts("model_numbers"),
        "serial_numbers": texts("serial_numbers"),
        "skus": texts("skus"),
        "sbom_urls": texts("sbom_urls"),
    },
)
_PRODUCT = Shape(
    t.FullProductName,
    {
        "product_id": text("product_id", required=True),
        "name": text("name"),
        "product_identification_helper": shape("helper", _HELPER),
    },
)
_BRANCH: Shape[t.Branch] = Shape(
    t.Branch,
    {
        "category": text("category"),
        "name": text("name"),
        "branches": Field(attr="branches", read=_read_branches, write=_write_branches, empty=()),
        "product": shape("product", _PRODUCT),
    },
)
_RELATIONSHIP = Shape(
    t.Relationship,
    {
        "category": text("category"),
        "product_reference": text("product_reference", required=True),
        "relates_to_product_reference": text("relates_to_product_reference", required=True),
        "full_product_name": shape("product", _PRODUCT, required=True),
    },
)
_GROUP = Shape(
    t.ProductGroup,
    {
        "group_id": text("group_id", required=True),
        "product_ids": texts("product_ids"),
        "summary": text("summary"),
    },
)
_TREE = Shape(
    t.ProductTree,
    {
        "branches": Field(attr="branches", read=_read_branches, write=_write_branches, empty=()),
        "full_product_names": shapes("full_product_names", _PRODUCT),
        "relationships": shapes("relationships", _RELATIONSHIP),
        "product_groups": shapes("product_groups", _GROUP),
    },
)
_STATUS = Shape(
    t.ProductStatus,
    {
        key: texts(key)
        for key in (
            "first_affected",
            "first_fixed",
            "fixed",
            "known_affected",
            "known_not_affected",
            "last_affected",
            "recommended",
            "under_investigation",
        )
    },
)
_REMEDIATION = Shape(
    t.Remediation,
    {
        "category": text("category"),
        "details": text("details"),
        "date": moment("date"),
        "url": text("url"),
        "product_ids": texts("product_ids"),
        "group_ids": texts("group_ids"),
        "entitlements": texts("entitlements"),
        "restart_required": _member("restart_required", "category"),
    },
)
_SCORE = Shape(
    t.Score,
    {
        "products": texts("products"),
        "cvss_v3": _json_object("cvss_v3"),
        "cvss_v2": _json_object("cvss_v2"),
    },
)
_FLAG = Shape(
    t.Flag,
    {
        "label": text("label"),
        "date": moment("date"),
        "product_ids": texts("product_ids"),
        "group_ids": texts("group_ids"),
    },
)
_THREAT = Shape(
    t.Threat,
    {
        "category": text("category"),
        "details": text("details"),
        "date": moment("date"),
        "product_ids": texts("product_ids"),
        "group_ids": texts("group_ids"),
    },
)
_IDENTIFIER = Shape(
    t.Identifier, {"system_name": text("system_name"), "text": text("text", required=True)}
)
_VULNERABILITY = Shape(
    t.Vulnerability,
    {
        "cve": text("cve"),
        "title": text("title"),
        "cwe": Field(
            attr="cwe,cwe_name",
            read=_read_cwe,
            write=lambda words: {"id": words[0], "name": words[1]},
            empty=("", ""),
        ),
        "ids": shapes("ids", _IDENTIFIER),
        "discovery_date": moment("discovery_date"),
        "release_date": moment("release_date"),
        "product_status": shape("product_status", _STATUS),
        "notes": shapes("notes", _NOTE),
        "references": shapes("references", _REFERENCE),
        "acknowledgments": shapes("acknowledgments", _ACKNOWLEDGMENT),
        "remediations": shapes("remediations", _REMEDIATION),
        "scores": shapes("scores", _SCORE),
        "flags": shapes("flags", _FLAG),
        "threats": shapes("threats", _THREAT),
    },
)
_DOCUMENT = Shape(
    t.CsafDocument,
    {
        "document": shape("document", _META, required=True),
        "product_tree": shape("product_tree", _TREE),
        "vulnerabilities": shapes("vulnerabilities", _VULNERABILITY),
    },
)
