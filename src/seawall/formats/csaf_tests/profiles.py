"""CSAF 2.0 §6.1.27.1 to §6.1.27.11: what each profile demands of its documents."""

from seawall.formats.csaf_tests.document import CsafDocument, Found, problem

_ADVISORY, _VEX = "csaf_security_advisory", "csaf_vex"
_INFORMATIONAL, _INCIDENT = "csaf_informational_advisory", "csaf_security_incident_response"


def document_notes(doc: CsafDocument) -> Found:
    """§6.1.27.1 Document Notes: informational advisory, incident response."""
    if doc.category not in (_INFORMATIONAL, _INCIDENT):
        return
    wanted = {"description", "details", "general", "summary"}
    if not any(note["category"] in wanted for note in doc.document.get("notes", ())):
        yield problem(
            "6.1.27.1",
            "/document/notes" if "notes" in doc.document else "/document",
            "no note describes the subject",
            "add a note of category description, details, general or summary",
        )


def document_references(doc: CsafDocument) -> Found:
    """§6.1.27.2 Document References: informational advisory, incident response."""
    if doc.category not in (_INFORMATIONAL, _INCIDENT):
        return
    references = doc.document.get("references", ())
    if not any(reference.get("category", "external") == "external" for reference in references):
        yield problem(
            "6.1.27.2",
            "/document/references" if references else "/document",
            "no external reference is given",
            "add a reference of category external",
        )


def no_vulnerabilities(doc: CsafDocument) -> Found:
    """§6.1.27.3 Vulnerabilities: none in an informational advisory."""
    if doc.category == _INFORMATIONAL and "vulnerabilities" in doc.raw:
        yield problem(
            "6.1.27.3",
            "/vulnerabilities",
            "an informational advisory lists vulnerabilities",
            "remove them or use csaf_security_advisory",
        )


def product_tree(doc: CsafDocument) -> Found:
    """§6.1.27.4 Product Tree: security advisory, VEX."""
    if doc.category in (_ADVISORY, _VEX) and "product_tree" not in doc.raw:
        yield problem("6.1.27.4", "", "there is no product tree", "add /product_tree")


def vulnerability_notes(doc: CsafDocument) -> Found:
    """§6.1.27.5 Vulnerability Notes: security advisory, VEX."""
    if doc.category not in (_ADVISORY, _VEX):
        return
    for i, vulnerability in enumerate(doc.vulnerabilities):
        if "notes" not in vulnerability:
            yield problem(
                "6.1.27.5", f"/vulnerabilities/{i}", "it has no notes", "add a description note"
            )


def product_status(doc: CsafDocument) -> Found:
    """§6.1.27.6 Product Status: security advisory."""
    if doc.category != _ADVISORY:
        return
    for i, vulnerability in enumerate(doc.vulnerabilities):
        if "product_status" not in vulnerability:
            yield problem(
                "6.1.27.6",
                f"/vulnerabilities/{i}",
                "it does not say which products are affected",
                "add product_status",
            )


def vex_product_status(doc: CsafDocument) -> Found:
    """§6.1.27.7 VEX Product Status."""
    if doc.category != _VEX:
        return
    wanted = ("fixed", "known_affected", "known_not_affected", "under_investigation")
    for i, vulnerability in enumerate(doc.vulnerabilities):
        status = vulnerability.get("product_status", {})
        if not any(name in status for name in wanted):
            yield problem(
                "6.1.27.7",
                f"/vulnerabilities/{i}/product_status" if status else f"/vulnerabilities/{i}",
                "it has none of the four VEX statuses",
                "add fixed, known_affected, known_not_affected or under_investigation",
            )


def vulnerability_id(doc: CsafDocument) -> Found:
    """§6.1.27.8 Vulnerability ID: VEX."""
    if doc.category != _VEX:
        return
    for i, vulnerability in enumerate(doc.vulnerabilities):
        if "cve" not in vulnerability and "ids" not in vulnerability:
            yield problem(
                "6.1.27.8", f"/vulnerabilities/{i}", "it has no identifier", "add cve or ids"
            )


def impact_statement(doc: CsafDocument) -> Found:
    """§6.1.27.9 Impact Statement: VEX, for each product that is known not to be affected."""
    if doc.category != _VEX:
        return
    for i, vulnerability in enumerate(doc.vulnerabilities):
        unaffected = vulnerability.get("product_status", {}).get("known_not_affected")
        if not unaffected:
            continue
        said: set[str] = set()
        for flag in vulnerability.get("flags", ()):
            said |= doc.covered(flag)
        for threat in vulnerability.get("threats", ()):
            if threat["category"] == "impact":
                said |= doc.covered(threat)
        for j, product_id in enumerate(unaffected):
            if product_id not in said:
                yield problem(
                    "6.1.27.9",
                    f"/vulnerabilities/{i}/product_status/known_not_affected/{j}",
                    f"nothing says why {product_id!r} is not affected",
                    "add a flag or a threat of category impact for it",
                )


def action_statement(doc: CsafDocument) -> Found:
    """§6.1.27.10 Action Statement: VEX, for each product that is known to be affected."""
    if doc.category != _VEX:
        return
    for i, vulnerability in enumerate(doc.vulnerabilities):
        affected = vulnerability.get("product_status", {}).get("known_affected")
        if not affected:
            continue
        said: set[str] = set()
        for remediation in vulnerability.get("remediations", ()):
            said |= doc.covered(remediation)
        for j, product_id in enumerate(affected):
            if product_id not in said:
                yield problem(
                    "6.1.27.10",
                    f"/vulnerabilities/{i}/product_status/known_affected/{j}",
                    f"nothing says what to do about {product_id!r}",
                    "add a remediation for it",
                )


def has_vulnerabilities(doc: CsafDocument) -> Found:
    """§6.1.27.11 Vulnerabilities: security advisory, VEX."""
    if doc.category in (_ADVISORY, _VEX) and "vulnerabilities" not in doc.raw:
        yield problem("6.1.27.11", "", "there are no vulnerabilities", "add /vulnerabilities")
