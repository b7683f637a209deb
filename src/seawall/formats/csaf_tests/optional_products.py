"""CSAF 2.0 §6.2.1 to §6.2.3, §6.2.16, §6.2.18, §6.2.19: optional tests of products and scores."""

from typing import Any

from seawall.formats.csaf_tests.document import CsafDocument, Found, warning
from seawall.formats.cvss_vectors import score_cvss
from seawall.vocab.errors import BadInput

_V3_IMPACTS = ("Confidentiality", "Integrity", "Availability")


def unused_product(doc: CsafDocument) -> Found:
    """§6.2.1 Unused Definition of Product ID; not in informational advisories."""
    if doc.category == "csaf_informational_advisory":
        return
    used: set[str] = set()
    for group in doc.groups:
        used.update(group["product_ids"])
    for relationship in doc.relationships:
        used.add(relationship["product_reference"])
        used.add(relationship["relates_to_product_reference"])
    for vulnerability in doc.vulnerabilities:
        used.update(*vulnerability.get("product_status", {}).values())
        for kind in ("flags", "remediations", "threats"):
            for item in vulnerability.get(kind, ()):
                used.update(item.get("product_ids", ()))
        for score in vulnerability.get("scores", ()):
            used.update(score["products"])
    for named in doc.named:
        if named.product["product_id"] not in used:
            yield warning(
                "6.2.1",
                f"{named.at}/product_id",
                f"product {named.product['product_id']!r} is never referred to",
                "give its status or remove it",
            )


def missing_remediation(doc: CsafDocument) -> Found:
    """§6.2.2 Missing Remediation, for products affected or under investigation."""
    for i, vulnerability in enumerate(doc.vulnerabilities):
        mended: set[str] = set()
        for remediation in vulnerability.get("remediations", ()):
            mended |= doc.covered(remediation)
        wanting = doc.status(vulnerability, "affected", "under investigation") - mended
        for product_id in sorted(wanting):
            yield warning(
                "6.2.2",
                f"/vulnerabilities/{i}/product_status",
                f"nothing says what to do about {product_id!r}",
                "add a remediation, if only none_available",
            )


def missing_score(doc: CsafDocument) -> Found:
    """§6.2.3 Missing Score, for affected products."""
    for i, vulnerability in enumerate(doc.vulnerabilities):
        scored: set[str] = set()
        for score in vulnerability.get("scores", ()):
            scored.update(score["products"])
        for product_id in sorted(doc.status(vulnerability, "affected") - scored):
            yield warning(
                "6.2.3",
                f"/vulnerabilities/{i}/product_status",
                f"product {product_id!r} is affected and has no score",
                "add a score",
            )


def missing_helper(doc: CsafDocument) -> Found:
    """§6.2.16 Missing Product Identification Helper."""
    for named in doc.named:
        if "product_identification_helper" not in named.product:
            yield warning(
                "6.2.16",
                named.at,
                f"product {named.product['product_id']!r} cannot be matched by machines",
                "add a purl, CPE, hash or serial number",
            )


def range_without_vers(doc: CsafDocument) -> Found:
    """§6.2.18 Product Version Range without vers."""
    for item in doc.branches:
        name = item.branch["name"]
        if item.branch["category"] == "product_version_range" and not name.startswith("vers:"):
            yield warning(
                "6.2.18",
                f"{item.at}/name",
                f"{name!r} is not in the vers form",
                "write vers:type/range",
            )


def score_for_fixed(doc: CsafDocument) -> Found:
    """§6.2.19 CVSS for Fixed Products: none, or one that comes to 0 in its environment."""
    for i, vulnerability in enumerate(doc.vulnerabilities):
        fixed = doc.status(vulnerability, "fixed")
        for j, score in enumerate(vulnerability.get("scores", ())):
            for product_id in sorted(fixed.intersection(score["products"])):
                if any(_counts(score[key]) for key in ("cvss_v2", "cvss_v3") if key in score):
                    yield warning(
                        "6.2.19",
                        f"/vulnerabilities/{i}/scores/{j}",
                        f"product {product_id!r} is fixed and still has a score above 0",
                        "remove it from the score or set the environmental metrics",
                    )


def _counts(cvss: dict[str, Any]) -> bool:
    """Whether the score is above 0 in the environment that vector and properties describe."""
    if cvss.get("environmentalScore") == 0 or cvss.get("targetDistribution") == "NONE":
        return False
    if all(cvss.get(f"modified{impact}Impact") == "NONE" for impact in _V3_IMPACTS):
        return False
    try:
        return score_cvss(cvss["vectorString"]).environmental > 0
    except (BadInput, KeyError):
        return bool(cvss.get("baseScore", 1))
