"""CSAF 2.0 §6.1.11, §6.1.23, §6.1.24, §6.1.29, §6.1.32, §6.1.33: parts of a vulnerability."""

from seawall.formats.csaf_tests.document import CsafDocument, Found, problem
from seawall.formats.csaf_tests.registries import cwe_names

VEX_JUSTIFICATIONS = frozenset(
    {
        "component_not_present",
        "inline_mitigations_already_exist",
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "vulnerable_code_not_in_execute_path",
        "vulnerable_code_not_present",
    }
)


def cwe(doc: CsafDocument) -> Found:
    """§6.1.11 CWE: the weakness exists and bears the name that CWE gave it.

    CSAF 2.0 does not say which release of CWE, so a name from any release from 1.0 on is right.
    """
    for i, vulnerability in enumerate(doc.vulnerabilities):
        weakness = vulnerability.get("cwe")
        if weakness is None:
            continue
        names = cwe_names().get(weakness["id"])
        if names is None:
            yield problem(
                "6.1.11",
                f"/vulnerabilities/{i}/cwe/id",
                f"{weakness['id']} is not a weakness in any release of CWE",
                "use the id of a weakness, not of a category or view",
            )
        elif weakness["name"] not in names:
            yield problem(
                "6.1.11",
                f"/vulnerabilities/{i}/cwe/name",
                f"{weakness['id']} was never named {weakness['name']!r}",
                f"write {names[-1]!r}",
            )


def multiple_cve(doc: CsafDocument) -> Found:
    """§6.1.23 Multiple Use of Same CVE."""
    seen: set[str] = set()
    for i, vulnerability in enumerate(doc.vulnerabilities):
        name = vulnerability.get("cve")
        if name is None:
            continue
        if name in seen:
            yield problem(
                "6.1.23",
                f"/vulnerabilities/{i}/cve",
                f"{name} is already used by another vulnerability of this document",
                "merge the two or correct the id",
            )
        seen.add(name)


def multiple_involvement(doc: CsafDocument) -> Found:
    """§6.1.24 Multiple Definition in Involvements: one entry per party and date."""
    for i, vulnerability in enumerate(doc.vulnerabilities):
        seen: set[tuple[str, str | None]] = set()
        for j, involvement in enumerate(vulnerability.get("involvements", ())):
            key = (involvement["party"], involvement.get("date"))
            if key in seen:
                yield problem(
                    "6.1.24",
                    f"/vulnerabilities/{i}/involvements/{j}",
                    f"{key[0]} appears twice at {key[1] or 'no date'}",
                    "keep one entry for a party at a date",
                )
            seen.add(key)


def remediation_without_product(doc: CsafDocument) -> Found:
    """§6.1.29 Remediation without Product Reference."""
    yield from _without_product(doc, "remediations", "6.1.29")


def flag_without_product(doc: CsafDocument) -> Found:
    """§6.1.32 Flag without Product Reference."""
    yield from _without_product(doc, "flags", "6.1.32")


def multiple_justification(doc: CsafDocument) -> Found:
    """§6.1.33 Multiple Flags with VEX Justification Codes per Product."""
    for i, vulnerability in enumerate(doc.vulnerabilities):
        seen: set[str] = set()
        for j, flag in enumerate(vulnerability.get("flags", ())):
            if flag["label"] not in VEX_JUSTIFICATIONS:
                continue
            products = doc.covered(flag)
            for product_id in sorted(products & seen):
                yield problem(
                    "6.1.33",
                    f"/vulnerabilities/{i}/flags/{j}",
                    f"product {product_id!r} has more than one VEX justification",
                    "keep the one justification that explains the status best",
                )
            seen |= products


def _without_product(doc: CsafDocument, kind: str, number: str) -> Found:
    for i, vulnerability in enumerate(doc.vulnerabilities):
        for j, item in enumerate(vulnerability.get(kind, ())):
            if "product_ids" not in item and "group_ids" not in item:
                yield problem(
                    number,
                    f"/vulnerabilities/{i}/{kind}/{j}",
                    "it names neither products nor product groups",
                    "add product_ids or group_ids",
                )
