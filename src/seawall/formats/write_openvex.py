"""The OpenVEX 0.2.0 document of a release."""

from typing import Any

from seawall import __version__
from seawall.formats.purl import Purl, build_purl, parse_purl
from seawall.formats.release_facts import ReleaseFacts, facts_of
from seawall.formats.release_packages import PackageFacts, Span, default_remediation
from seawall.formats.vers_text import vers_of
from seawall.formats.write_csaf_products import action_of
from seawall.vocab.decisions import Refused
from seawall.vocab.release import AdvisoryRelease, ReleaseStatus, VexStatement, VexStatus
from seawall.vocab.tlp import Tlp

CONTEXT = "https://openvex.dev/ns/v0.2.0"
_NOTHING = "No fix or workaround is known yet."


def openvex(
    release: AdvisoryRelease, *, facts: ReleaseFacts | None = None
) -> dict[str, Any] | Refused:
    """The release as OpenVEX document, or Refused when there must be none.

    A range of versions is a purl with the qualifier `vers` (package-url specification, known
    qualifiers), so that no statement says more than the ranges. Refused for drafts and for
    anything but TLP:CLEAR, because OpenVEX can carry neither mark.
    """
    if release.status is ReleaseStatus.DRAFT:
        return Refused("OpenVEX has no mark for drafts")
    if release.advisory.tlp is not Tlp.CLEAR:
        return Refused(f"OpenVEX has no TLP label and this release is {release.advisory.tlp}")
    facts = facts or facts_of(release)
    return {
        "@context": CONTEXT,
        "@id": document_id(release),
        "author": release.publisher.name,
        "last_updated": facts.current,
        "role": release.publisher.category.value,
        "statements": _statements(facts),
        "timestamp": facts.initial,
        "tooling": f"Seawall {__version__}",
        "version": release.version,
    }


def document_id(release: AdvisoryRelease) -> str:
    """The IRI of the document, the same in every revision."""
    return f"{release.publisher.namespace.rstrip('/')}/vex/{release.tracking_id}"


def ranged_purl(package: PackageFacts, span: Span) -> Purl:
    """The purl of a package with the span as `vers` qualifier."""
    return build_purl(
        type=package.purl.type,
        namespace=package.purl.namespace,
        name=package.purl.name,
        qualifiers={**dict(package.purl.qualifiers), "vers": vers_of(package.purl.type, span)},
        subpath=package.purl.subpath,
    )


def _statements(facts: ReleaseFacts) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for package in facts.packages:
        affected = [ranged_purl(package, span) for span in package.spans]
        affected += [package.at(version) for version in package.versions]
        action = facts.release.remediation or default_remediation(package)
        made.append(
            _base(facts, affected, VexStatus.AFFECTED)
            | {"action_statement": action or facts.release.workaround or _NOTHING}
        )
        if package.fixed:
            fixed = [package.at(version) for version in package.fixed]
            made.append(_base(facts, fixed, VexStatus.FIXED))
    known = {product["@id"] for statement in made for product in statement["products"]}
    for statement in facts.statements:
        if str(parse_purl(statement.product)) not in known or statement.action:
            made.append(_stated(facts, statement))
    return made


def _stated(facts: ReleaseFacts, statement: VexStatement) -> dict[str, Any]:
    made = _base(facts, [parse_purl(statement.product)], statement.status)
    notes = statement.notes
    match statement.status:
        case VexStatus.AFFECTED:
            made["action_statement"] = action_of(facts, statement) or _NOTHING
        case VexStatus.NOT_AFFECTED if statement.justification:
            made["justification"] = statement.justification.value
            notes = " ".join(filter(None, (statement.impact, notes)))
        case VexStatus.NOT_AFFECTED:
            made["impact_statement"] = statement.impact
    if notes:
        made["status_notes"] = notes
    return made


def _base(facts: ReleaseFacts, products: list[Purl], status: VexStatus) -> dict[str, Any]:
    name = facts.cve or facts.release.tracking_id
    vulnerability: dict[str, Any] = {"description": facts.title, "name": name}
    if aliases := [other for other in facts.identifiers if other != name]:
        vulnerability["aliases"] = aliases
    return {
        "last_updated": facts.current,
        "products": [
            {"@id": str(p), "identifiers": {"purl": str(p)}} for p in dict.fromkeys(products)
        ],
        "status": status.value,
        "timestamp": facts.initial,
        "vulnerability": vulnerability,
    }
