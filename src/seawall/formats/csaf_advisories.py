"""The vulnerabilities of a CSAF document as advisories."""

from collections.abc import Iterable, Mapping
from typing import Any

from seawall.formats.csaf_products import Product, products_of
from seawall.formats.csaf_ranges import EVERYTHING, ReadRange, read_range
from seawall.formats.csaf_types import (
    Acknowledgment,
    CsafDocument,
    CsafReference,
    Note,
    ProductStatus,
    Vulnerability,
)
from seawall.formats.ecosystems import osv_name
from seawall.formats.identifiers import read_cwe, spell_identifier, unique
from seawall.formats.purl import Purl, parse_purl
from seawall.vocab.advisories import (
    Advisory,
    AffectedPackage,
    Credit,
    EventKind,
    RangeEvent,
    RangeKind,
    Reference,
    Severity,
    VersionRange,
)
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp

_TELLING = ("description", "summary", "details")


def to_advisories(document: CsafDocument) -> tuple[Advisory, ...]:
    """One advisory per vulnerability, in the document's order.

    Its id is the tracking id and the CVE ("ICSA-24-235-03#CVE-2024-1234"; the position when there
    is none), its `affected` the products with an affected status. A product with a purl gets
    ecosystem and name as OSV has them (a distribution's ecosystem stays "", since it depends on
    the release); one without keeps its product name. `extra` holds product id, cpe, vendor,
    range as written, and for the vulnerability the other product states and remediations.
    BadInput when a status names a product that is not defined.
    """
    products = products_of(document)
    return tuple(
        _advisory(document, vulnerability, index, products)
        for index, vulnerability in enumerate(document.vulnerabilities)
    )


def _advisory(
    document: CsafDocument, vuln: Vulnerability, index: int, products: Mapping[str, Product]
) -> Advisory:
    meta = document.document
    where = f"/vulnerabilities/{index}"
    status = vuln.product_status or ProductStatus()
    known = unique(spell_identifier(word) for word in (vuln.cve, *(one.text for one in vuln.ids)))
    tlp = meta.distribution.tlp if meta.distribution else None
    return Advisory(
        id=f"{meta.tracking.id}#{known[0] if known else index + 1}",
        aliases=known,
        related=(meta.tracking.id,),
        summary=vuln.title or meta.title,
        details=_details(vuln.notes or meta.notes),
        affected=_affected(status, products, where),
        severities=_severities(vuln),
        cwes=_cwes(vuln, where),
        references=_references(vuln.references + meta.references),
        credits=_credits(vuln.acknowledgments or meta.acknowledgments),
        published_at=vuln.release_date or meta.tracking.initial_release_date,
        modified_at=meta.tracking.current_release_date,
        tlp=tlp or Tlp.CLEAR,
        extra={"csaf": _beyond(document, vuln, status)},
    )


def _affected(
    status: ProductStatus, products: Mapping[str, Product], where: str
) -> tuple[AffectedPackage, ...]:
    fixed = _fixed_versions(_look_up(status.fixed + status.first_fixed, products, where))
    return tuple(_package(product, fixed) for product in _look_up(status.affected, products, where))


def _look_up(
    ids: Iterable[str], products: Mapping[str, Product], where: str
) -> tuple[Product, ...]:
    for one in ids:
        if one not in products:
            raise BadInput(
                f"the product id {one!r} is not defined in the product tree",
                where=f"{where}/product_status",
            )
    return tuple(products[one] for one in dict.fromkeys(ids))


def _package(product: Product, fixed: Mapping[str, tuple[str, ...]]) -> AffectedPackage:
    purl = _purl(product)
    ecosystem, name = osv_name(purl) if purl else ("", product.name or product.product)
    read, unread = _range(product, purl, fixed)
    extra = _product_json(product)
    if unread:
        extra["unread_range"] = unread
    if not read.exact:
        extra["widened_range"] = product.version_range
    return AffectedPackage(
        ecosystem=ecosystem,
        name=name or product.product_id,
        purl=product.purl,
        ranges=(VersionRange(kind=RangeKind.ECOSYSTEM, events=read.events),) if read.events else (),
        versions=read.versions,
        extra={"csaf": extra},
    )


def _range(
    product: Product, purl: Purl | None, fixed: Mapping[str, tuple[str, ...]]
) -> tuple[ReadRange, str]:
    """What is affected of a product, and the words that could not be read: those leave every
    version affected rather than none."""
    if purl and purl.version:
        return ReadRange(versions=(purl.version,)), ""
    words = product.version_range or product.version
    if words and not product.version_range and not words.startswith("vers:"):
        return ReadRange(versions=(words.strip(),)), ""
    if words:
        read = read_range(words)
        return (read, "") if read else (EVERYTHING, words)
    ends = fixed.get(purl.package, ()) if purl else ()
    if len(ends) == 1:
        end = RangeEvent(kind=EventKind.FIXED, version=ends[0])
        return ReadRange(events=(*EVERYTHING.events, end)), ""
    return EVERYTHING, ""


def _fixed_versions(products: Iterable[Product]) -> dict[str, tuple[str, ...]]:
    """Fixed versions by package, from the purls of fixed products."""
    found: dict[str, tuple[str, ...]] = {}
    for product in products:
        purl = _purl(product)
        if purl and purl.version:
            found[purl.package] = unique((*found.get(purl.package, ()), purl.version))
    return found


def _purl(product: Product) -> Purl | None:
    try:
        return parse_purl(product.purl) if product.purl else None
    except BadInput:
        return None


def _product_json(product: Product) -> dict[str, Any]:
    words = {
        "product_id": product.product_id,
        "product": product.name,
        "vendor": product.vendor,
        "platform": product.platform,
        "version_range": product.version_range,
        "cpe": product.cpe,
        "model_numbers": list(product.model_numbers),
        "hashes": [list(one) for one in product.hashes],
    }
    return {key: value for key, value in words.items() if value}


def _beyond(document: CsafDocument, vuln: Vulnerability, status: ProductStatus) -> dict[str, Any]:
    found: dict[str, Any] = {
        "document": document.document.tracking.id,
        "publisher": document.document.publisher.name,
        "category": document.document.category,
    }
    for key in ("fixed", "first_fixed", "known_not_affected", "recommended", "under_investigation"):
        if ids := getattr(status, key):
            found[key] = list(ids)
    if vuln.remediations:
        found["remediations"] = [
            {
                "category": one.category,
                "details": one.details,
                "url": one.url,
                "product_ids": list(one.product_ids),
                "group_ids": list(one.group_ids),
            }
            for one in vuln.remediations
        ]
    if vuln.flags:
        found["flags"] = [
            {"label": one.label, "product_ids": list(one.product_ids)} for one in vuln.flags
        ]
    return found


def _details(notes: tuple[Note, ...]) -> str:
    return "\n\n".join(unique(note.text for note in notes if note.category in _TELLING))


def _severities(vuln: Vulnerability) -> tuple[Severity, ...]:
    found: dict[tuple[str, str], None] = {}
    for score in vuln.scores:
        for scheme, cvss in (("CVSS_V3", score.cvss_v3), ("CVSS_V2", score.cvss_v2)):
            vector = cvss.get("vectorString") if cvss else None
            if isinstance(vector, str) and vector:
                found[scheme, vector] = None
    return tuple(Severity(scheme=scheme, score=vector) for scheme, vector in found)


def _cwes(vuln: Vulnerability, where: str) -> tuple[str, ...]:
    return (read_cwe(vuln.cwe, f"{where}/cwe/id"),) if vuln.cwe.strip() else ()


def _references(references: tuple[CsafReference, ...]) -> tuple[Reference, ...]:
    found: dict[str, Reference] = {}
    for one in references:
        kind = "ADVISORY" if one.category == "self" else "WEB"
        found.setdefault(one.url, Reference(url=one.url, kind=kind))
    return tuple(found.values())


def _credits(thanks: tuple[Acknowledgment, ...]) -> tuple[Credit, ...]:
    """Those thanked, without a role: CSAF does not say what they did."""
    found: dict[Credit, None] = {}
    for one in thanks:
        for name in one.names or (one.organization,):
            if name:
                found[Credit(name=name, role="OTHER", contact=one.urls)] = None
    return tuple(found)
