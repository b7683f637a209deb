"""CSAF 2.0 §6.2.4 to §6.2.15, §6.2.17, §6.2.20: optional tests of the document."""

import re
from functools import cache
from typing import Any

import jsonschema_rs

from seawall.formats.csaf_tests.document import CsafDocument, Found, moment, warning
from seawall.formats.csaf_tests.registries import is_default_language, is_private_language
from seawall.formats.csaf_tests.revisions import version_of
from seawall.formats.schema_check import csaf_validator, to_pointer

_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}")
_NOT_IN_NAMES = re.compile(r"[^+\-a-z0-9]+")
_HISTORY = "/document/tracking/revision_history"


def csaf_filename(tracking_id: str) -> str:
    """The file name that CSAF 2.0 §5.1 demands for a tracking id."""
    return _NOT_IN_NAMES.sub("_", tracking_id.lower()) + ".json"


def build_metadata(doc: CsafDocument) -> Found:
    """§6.2.4 Build Metadata in Revision History."""
    for i, revision in enumerate(doc.tracking["revision_history"]):
        if version_of(revision["number"]).build:
            yield warning(
                "6.2.4",
                f"{_HISTORY}/{i}/number",
                f"revision {revision['number']} has build metadata",
                "remove what follows the +",
            )


def initial_date(doc: CsafDocument) -> Found:
    """§6.2.5 Older Initial Release Date than Revision History."""
    first = min(moment(r["date"]) for r in doc.tracking["revision_history"])
    if moment(doc.tracking["initial_release_date"]) < first:
        yield warning(
            "6.2.5",
            "/document/tracking/initial_release_date",
            "the initial release is older than the first revision",
            "correct the date or add the revision",
        )


def current_date(doc: CsafDocument) -> Found:
    """§6.2.6 Older Current Release Date than Revision History."""
    newest = max(moment(r["date"]) for r in doc.tracking["revision_history"])
    if moment(doc.tracking["current_release_date"]) < newest:
        yield warning(
            "6.2.6",
            "/document/tracking/current_release_date",
            "the current release is older than the newest revision",
            "set it to the newest revision's date",
        )


def involvement_date(doc: CsafDocument) -> Found:
    """§6.2.7 Missing Date in Involvements."""
    for i, vulnerability in enumerate(doc.vulnerabilities):
        for j, involvement in enumerate(vulnerability.get("involvements", ())):
            if "date" not in involvement:
                yield warning(
                    "6.2.7",
                    f"/vulnerabilities/{i}/involvements/{j}",
                    "the involvement has no date",
                    "add date",
                )


def md5_only(doc: CsafDocument) -> Found:
    """§6.2.8 Use of MD5 as the only Hash Algorithm."""
    yield from _only_hash(doc, "md5", "6.2.8")


def sha1_only(doc: CsafDocument) -> Found:
    """§6.2.9 Use of SHA-1 as the only Hash Algorithm."""
    yield from _only_hash(doc, "sha1", "6.2.9")


def tlp_label(doc: CsafDocument) -> Found:
    """§6.2.10 Missing TLP label."""
    distribution = doc.document.get("distribution", {})
    if "label" not in distribution.get("tlp", {}):
        at = "/document/distribution" if distribution else "/document"
        yield warning("6.2.10", at, "there is no TLP label", "add distribution/tlp/label")


def canonical_url(doc: CsafDocument) -> Found:
    """§6.2.11 Missing Canonical URL."""
    name = csaf_filename(doc.tracking["id"])
    for reference in doc.document.get("references", ()):
        url = reference["url"]
        if (
            reference.get("category") == "self"
            and url.startswith("https://")
            and url.endswith(f"/{name}")
        ):
            return
    at = "/document/references" if "references" in doc.document else "/document"
    yield warning("6.2.11", at, f"no https reference to self ends in {name}", "add one")


def document_language(doc: CsafDocument) -> Found:
    """§6.2.12 Missing Document Language."""
    if "lang" not in doc.document:
        yield warning("6.2.12", "/document", "the language is not given", "add lang")


def sorting(doc: CsafDocument) -> Found:
    """§6.2.13 Sorting: all keys in alphabetical order. Tells the first place only."""
    todo: list[tuple[str, Any]] = [("", doc.raw)]
    while todo:
        at, value = todo.pop()
        if isinstance(value, dict):
            keys = list(value)
            if keys != sorted(keys):
                yield warning("6.2.13", at, "the keys are not in order", "sort the keys")
                return
            todo.extend((f"{at}/{key}", inner) for key, inner in value.items())
        elif isinstance(value, list):
            todo.extend((f"{at}/{i}", inner) for i, inner in enumerate(value))


def private_language(doc: CsafDocument) -> Found:
    """§6.2.14 Use of Private Language."""
    for key in ("lang", "source_lang"):
        tag = doc.document.get(key)
        if tag is not None and is_private_language(tag):
            yield warning(
                "6.2.14", f"/document/{key}", f"{tag!r} is a private language", "use a public one"
            )


def default_language(doc: CsafDocument) -> Found:
    """§6.2.15 Use of Default Language."""
    for key in ("lang", "source_lang"):
        tag = doc.document.get(key)
        if tag is not None and is_default_language(tag):
            yield warning("6.2.15", f"/document/{key}", f"{tag!r} says nothing", "say which one")


def cve_in_ids(doc: CsafDocument) -> Found:
    """§6.2.17 CVE in field IDs."""
    for i, vulnerability in enumerate(doc.vulnerabilities):
        for j, item in enumerate(vulnerability.get("ids", ())):
            if _CVE.fullmatch(item["text"]):
                yield warning(
                    "6.2.17",
                    f"/vulnerabilities/{i}/ids/{j}",
                    f"{item['text']} is a CVE id",
                    "move it to cve",
                )


def additional_properties(doc: CsafDocument) -> Found:
    """§6.2.20 Additional Properties: none that the schema does not know."""
    validator = _strict_validator()
    if validator.is_valid(doc.raw):
        return
    for error in validator.iter_errors(doc.raw):
        if error.kind.name in ("additionalProperties", "unevaluatedProperties"):
            yield warning(
                "6.2.20",
                to_pointer(error.instance_path),
                error.message,
                "remove what CSAF does not define",
            )


@cache
def _strict_validator() -> jsonschema_rs.Validator:
    return csaf_validator(strict=True)


def _only_hash(doc: CsafDocument, algorithm: str, number: str) -> Found:
    for named in doc.named:
        helper = named.product.get("product_identification_helper", {})
        for i, hashes in enumerate(helper.get("hashes", ())):
            used = {item["algorithm"].lower().replace("-", "") for item in hashes["file_hashes"]}
            if used == {algorithm}:
                yield warning(
                    number,
                    f"{named.at}/product_identification_helper/hashes/{i}/file_hashes",
                    f"{algorithm} is the only hash",
                    "add sha256 or sha512",
                )
