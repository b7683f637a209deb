"""CSAF 2.0 §6.1.12, §6.1.13, §6.1.25, §6.1.26, §6.1.28, §6.1.31: single fields."""

import re
from functools import lru_cache

from seawall.formats.csaf_tests.document import CsafDocument, Found, problem
from seawall.formats.csaf_tests.registries import language_problem
from seawall.formats.purl import parse_purl
from seawall.vocab.errors import BadInput

_OTHER_PROFILES = frozenset(
    prefix + name
    for prefix in ("", "csaf")
    for name in ("informationaladvisory", "securityadvisory", "securityincidentresponse", "vex")
)
PROFILES = frozenset(
    {
        "csaf_informational_advisory",
        "csaf_security_advisory",
        "csaf_security_incident_response",
        "csaf_vex",
    }
)
_SEPARATORS = re.compile(r"[-_\s]+")
_RANGE_WORDS = frozenset({"after", "all", "before", "earlier", "later", "prior", "versions"})


def language(doc: CsafDocument) -> Found:
    """§6.1.12 Language: valid by BCP 47 and its registry."""
    for key in ("lang", "source_lang"):
        tag = doc.document.get(key)
        if tag is not None and (why := language_problem(tag)):
            yield problem(
                "6.1.12",
                f"/document/{key}",
                f"{tag!r} {why}",
                "use subtags of the IANA Language Subtag Registry, such as en or de-CH",
            )


def purl(doc: CsafDocument) -> Found:
    """§6.1.13 PURL: valid by the package-url specification."""
    for named in doc.named:
        helper = named.product.get("product_identification_helper")
        if helper and "purl" in helper and (why := _purl_problem(helper["purl"])):
            yield problem(
                "6.1.13",
                f"{named.at}/product_identification_helper/purl",
                f"{helper['purl']!r} is not a valid package URL: {why}",
                "write pkg:type/namespace/name@version",
            )


def same_hash_algorithm(doc: CsafDocument) -> Found:
    """§6.1.25 Multiple Use of Same Hash Algorithm, names compared without regard to case."""
    for named in doc.named:
        helper = named.product.get("product_identification_helper")
        for i, hashes in enumerate(helper.get("hashes", ()) if helper else ()):
            seen: set[str] = set()
            for j, item in enumerate(hashes["file_hashes"]):
                algorithm = item["algorithm"].lower()
                if algorithm in seen:
                    yield problem(
                        "6.1.25",
                        f"{named.at}/product_identification_helper/hashes/{i}/file_hashes/{j}",
                        f"the algorithm {item['algorithm']!r} is used twice for one file",
                        "keep one hash per algorithm",
                    )
                seen.add(algorithm)


def prohibited_category(doc: CsafDocument) -> Found:
    """§6.1.26 Prohibited Document Category Name."""
    category = doc.category
    if category in PROFILES or category == "csaf_base":
        return
    bare = _SEPARATORS.sub("", category).lower()
    if bare in _OTHER_PROFILES:
        message = f"{category!r} looks like the name of a profile and is not one"
    elif category.lower().startswith("csaf_"):
        message = f"{category!r} uses the prefix csaf_, which is reserved"
    else:
        return
    yield problem(
        "6.1.26",
        "/document/category",
        message,
        "use the profile's exact value (csaf_vex, csaf_security_advisory, …) or another word",
    )


def translation(doc: CsafDocument) -> Found:
    """§6.1.28 Translation: the source language differs from the document's."""
    lang, source = doc.document.get("lang"), doc.document.get("source_lang")
    if lang is not None and source is not None and lang.lower() == source.lower():
        yield problem(
            "6.1.28",
            "/document/source_lang",
            f"the document is said to be translated from {source!r} into {lang!r}",
            "remove source_lang or correct one of the two",
        )


def version_range(doc: CsafDocument) -> Found:
    """§6.1.31 Version Range in Product Version: <, > or one of seven words standing alone."""
    for item in doc.branches:
        if item.branch["category"] != "product_version":
            continue
        if why := _range_problem(item.branch["name"]):
            yield problem(
                "6.1.31",
                f"{item.at}/name",
                f"{item.branch['name']!r} is a range, not a version ({why})",
                "use the category product_version_range",
            )


@lru_cache(maxsize=16384)
def _range_problem(name: str) -> str:
    if "<" in name or ">" in name:
        return "it has < or >"
    words = _RANGE_WORDS.intersection(word.rstrip("),;:.") for word in name.lower().split())
    return f"it has {min(words)!r}" if words else ""


@lru_cache(maxsize=16384)
def _purl_problem(text: str) -> str:
    try:
        parse_purl(text)
    except BadInput as bad:
        return bad.what
    return ""
