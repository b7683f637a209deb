"""What a document says, read back from its JSON in one form for all kinds.

Nothing here looks at the release that a document was written from.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from seawall.formats.csaf_tests.document import CsafDocument
from seawall.formats.purl import Purl, build_purl, parse_purl
from seawall.formats.validate import DocumentKind, detect_kind
from seawall.formats.vers_text import read_vers
from seawall.formats.write_csaf import tlp_text
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp

_CSAF_TLP = {"WHITE": Tlp.CLEAR, "GREEN": Tlp.GREEN, "AMBER": Tlp.AMBER, "RED": Tlp.RED}
_SIGNS = {"fixed": "<", "limit": "<", "last_affected": "<="}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The content that documents of one release share.

    Ranges are (purl without version, start, "<" or "<=" or "", end); versions are purls.
    None means that the kind of document cannot say it.
    """

    kind: DocumentKind
    name: str
    identifiers: frozenset[str]
    ranges: frozenset[tuple[str, str, str, str]]
    affected: frozenset[str]
    fixed: frozenset[str]
    not_affected: frozenset[str] | None = None
    under_investigation: frozenset[str] | None = None
    vectors: frozenset[str] | None = None
    weaknesses: frozenset[str] | None = None
    initial: str
    current: str
    version: int | None = None
    tlp: Tlp | None = None
    credits: frozenset[str] | None = field(default=None)


def read_said(document: Any) -> Said:
    """Read a schema-valid CSAF, OSV, CVE or OpenVEX document; BadInput for other kinds."""
    kind = detect_kind(document)
    match kind:
        case DocumentKind.CSAF:
            return _csaf(document)
        case DocumentKind.OSV:
            return _osv(document)
        case DocumentKind.CVE:
            return _cve(document)
        case DocumentKind.OPENVEX:
            return _openvex(document)
    raise BadInput(f"{kind} documents are no part of a release")


def _csaf(raw: Any) -> Said:
    doc = CsafDocument(raw)
    ranges = {
        item.branch["product"]["product_id"]: item.branch["name"]
        for item in doc.branches
        if item.branch["category"] == "product_version_range" and "product" in item.branch
    }
    purls = {
        n.product["product_id"]: n.product["product_identification_helper"]["purl"]
        for n in doc.named
        if "purl" in n.product.get("product_identification_helper", {})
    }
    vulnerability = doc.vulnerabilities[0]
    status = vulnerability.get("product_status", {})
    affected = status.get("known_affected", ())
    notes = {note.get("title"): note["text"] for note in vulnerability.get("notes", ())}
    vectors = {
        score[key]["vectorString"]
        for score in vulnerability.get("scores", ())
        for key in ("cvss_v2", "cvss_v3")
        if key in score
    }
    weaknesses = set(filter(None, notes.get("Further weaknesses", "").split(", ")))
    if "cwe" in vulnerability:
        weaknesses.add(vulnerability["cwe"]["id"])
    names = {item["text"] for item in vulnerability.get("ids", ())}

    def listed(name: str) -> frozenset[str]:
        return frozenset(purls.get(p, p) for p in status.get(name, ()) if p not in ranges)

    return Said(
        kind=DocumentKind.CSAF,
        name=doc.tracking["id"],
        identifiers=frozenset(
            names | ({vulnerability["cve"]} if "cve" in vulnerability else set())
        ),
        ranges=frozenset(
            (_package(purls[p]), *read_vers(ranges[p])) for p in affected if p in ranges
        ),
        affected=listed("known_affected"),
        fixed=listed("fixed"),
        not_affected=listed("known_not_affected"),
        under_investigation=listed("under_investigation"),
        vectors=frozenset(vectors | set(notes.get("Further CVSS vectors", "").split())),
        weaknesses=frozenset(weaknesses),
        initial=doc.tracking["initial_release_date"],
        current=doc.tracking["current_release_date"],
        version=int(doc.tracking["version"]),
        tlp=_csaf_tlp(doc.document.get("distribution", {})),
        credits=frozenset(
            name for a in doc.document.get("acknowledgments", ()) for name in a.get("names", ())
        ),
    )


def _csaf_tlp(distribution: dict[str, Any]) -> Tlp:
    if distribution.get("text") == tlp_text(Tlp.AMBER_STRICT):
        return Tlp.AMBER_STRICT
    return _CSAF_TLP[distribution.get("tlp", {}).get("label", "WHITE")]


def _osv(raw: Any) -> Said:
    ranges, affected, fixed = set(), set(), set()
    for entry in raw.get("affected") or ():
        purl = parse_purl(entry.get("package", entry.get("database_specific"))["purl"])
        package = str(purl)
        for interval in entry.get("ranges", ()):
            for start, sign, end, kind in _osv_spans(interval["events"]):
                ranges.add((package, start, sign, end))
                if kind == "fixed" and interval["type"] != "GIT":
                    fixed.add(_at(purl, end))
        affected |= {_at(purl, version) for version in entry.get("versions", ())}
        unheld = entry.get("database_specific", {}).get("fixed_versions", ())
        fixed |= {_at(purl, version) for version in unheld}
    specific = raw.get("database_specific", {})
    return Said(
        kind=DocumentKind.OSV,
        name=raw["id"],
        identifiers=frozenset({raw["id"], *(raw.get("aliases") or ())}),
        ranges=frozenset(ranges),
        affected=frozenset(affected),
        fixed=frozenset(fixed),
        vectors=frozenset(s["score"] for s in raw.get("severity") or ()),
        weaknesses=frozenset(specific.get("cwe_ids", ())),
        initial=raw.get("published", ""),
        current=raw["modified"],
        version=specific.get("version"),
        tlp=Tlp(specific.get("tlp", Tlp.CLEAR)),
        credits=frozenset(credit["name"] for credit in raw.get("credits", ())),
    )


def _osv_spans(events: list[dict[str, str]]) -> Iterator[tuple[str, str, str, str]]:
    start = "0"
    is_open = False
    for event in events:
        ((kind, version),) = event.items()
        if kind == "introduced":
            if is_open:
                yield start, "", "", ""
            start, is_open = version, True
        else:
            yield start, _SIGNS[kind], version, kind
            is_open = False
    if is_open:
        yield start, "", "", ""


def _cve(raw: Any) -> Said:
    cna, meta = raw["containers"]["cna"], raw["cveMetadata"]
    ranges, affected, fixed = set(), set(), set()
    for entry in cna["affected"]:
        purl = parse_purl(entry["packageURL"])
        for version in entry["versions"]:
            sign = "<=" if "lessThanOrEqual" in version else "<"
            end = version.get("lessThan", version.get("lessThanOrEqual"))
            if end is not None:
                bound = ("", "") if end == "*" else (sign, end)
                ranges.add((str(purl), version["version"], *bound))
            elif version["status"] == "affected":
                affected.add(_at(purl, version["version"]))
            else:
                fixed.add(_at(purl, version["version"]))
    source = cna.get("source", {})
    return Said(
        kind=DocumentKind.CVE,
        name=meta["cveId"],
        identifiers=frozenset({meta["cveId"], source.get("advisory"), *source.get("defect", ())}),
        ranges=frozenset(ranges),
        affected=frozenset(affected),
        fixed=frozenset(fixed),
        vectors=frozenset(
            value["vectorString"]
            for metric in cna.get("metrics", ())
            for key, value in metric.items()
            if key.startswith("cvssV")
        ),
        weaknesses=frozenset(
            d["cweId"]
            for p in cna.get("problemTypes", ())
            for d in p["descriptions"]
            if "cweId" in d
        ),
        initial=meta.get("datePublished", ""),
        current=meta.get("dateUpdated", ""),
        version=meta.get("serial"),
        tlp=Tlp.CLEAR,
        credits=frozenset(credit["value"] for credit in cna.get("credits", ())),
    )


def _openvex(raw: Any) -> Said:
    ranges, names = set(), set()
    lists: dict[str, set[str]] = {}
    for statement in raw["statements"]:
        vulnerability = statement["vulnerability"]
        names |= {vulnerability["name"], *vulnerability.get("aliases", ())}
        for product in statement["products"]:
            purl = parse_purl(product["identifiers"]["purl"])
            vers = purl.qualifier("vers")
            if vers:
                ranges.add((_package(str(purl)), *read_vers(vers)))
            else:
                lists.setdefault(statement["status"], set()).add(str(purl))
    return Said(
        kind=DocumentKind.OPENVEX,
        name=raw["@id"],
        identifiers=frozenset(names),
        ranges=frozenset(ranges),
        affected=frozenset(lists.get("affected", ())),
        fixed=frozenset(lists.get("fixed", ())),
        not_affected=frozenset(lists.get("not_affected", ())),
        under_investigation=frozenset(lists.get("under_investigation", ())),
        initial=raw["timestamp"],
        current=raw.get("last_updated", raw["timestamp"]),
        version=raw["version"],
        tlp=Tlp.CLEAR,
    )


def _package(text: str) -> str:
    """A purl without its version and range."""
    purl = parse_purl(text)
    qualifiers = {key: value for key, value in purl.qualifiers if key != "vers"}
    return str(_with(purl, "", qualifiers))


def _at(purl: Purl, version: str) -> str:
    return str(_with(purl, version, dict(purl.qualifiers)))


def _with(purl: Purl, version: str, qualifiers: dict[str, str]) -> Purl:
    return build_purl(
        type=purl.type,
        namespace=purl.namespace,
        name=purl.name,
        version=version,
        qualifiers=qualifiers,
        subpath=purl.subpath,
    )
