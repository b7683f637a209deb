"""The product tree of a release in CSAF 2.0, and what refers to its products."""

from dataclasses import dataclass, field
from typing import Any

from seawall.formats.purl import Purl, parse_purl
from seawall.formats.release_facts import ReleaseFacts, stamp
from seawall.formats.release_packages import PackageFacts, default_remediation
from seawall.formats.vers_text import vers_of, words_of
from seawall.vocab.release import VexStatement, VexStatus

_LISTS = {
    VexStatus.AFFECTED: "known_affected",
    VexStatus.FIXED: "fixed",
    VexStatus.NOT_AFFECTED: "known_not_affected",
    VexStatus.UNDER_INVESTIGATION: "under_investigation",
}
_ORDER = ("fixed", "known_affected", "known_not_affected", "under_investigation")


@dataclass(slots=True, kw_only=True)
class ProductTree:
    """The tree being made; ids are CSAFPID-0001, … in order of first mention."""

    document: dict[str, Any] = field(default_factory=dict)
    flags: list[dict[str, Any]] = field(default_factory=list)
    threats: list[dict[str, Any]] = field(default_factory=list)
    remediations: list[dict[str, Any]] = field(default_factory=list)
    lists: dict[str, list[str]] = field(default_factory=dict)
    by_purl: dict[str, str] = field(default_factory=dict)
    count: int = 0

    @property
    def affected(self) -> list[str]:
        """Ids of the known affected products."""
        return list(self.lists.get("known_affected", ()))

    @property
    def status(self) -> dict[str, list[str]]:
        """`product_status`, lists in a fixed order."""
        return {name: self.lists[name] for name in _ORDER if name in self.lists}

    def add(self, status: VexStatus, name: str, purl: Purl | None) -> dict[str, Any]:
        """Make a full product name with a new id and enter it in the list of `status`."""
        self.count += 1
        product_id = f"CSAFPID-{self.count:04}"
        self.lists.setdefault(_LISTS[status], []).append(product_id)
        product: dict[str, Any] = {"name": name, "product_id": product_id}
        if purl is not None:
            product["product_identification_helper"] = {"purl": str(purl)}
            if purl.version:
                self.by_purl[str(purl)] = product_id
        return product


def product_tree(facts: ReleaseFacts) -> ProductTree:
    """Make the tree: a vendor, its products, and a branch per range, version and fix."""
    tree = ProductTree()
    release = facts.release
    branches = [_product_branch(tree, facts, package) for package in facts.packages]
    tree.document["branches"] = [
        {"branches": branches, "category": "vendor", "name": release.vendor or "unknown vendor"}
    ]
    others = [product for s in facts.statements if (product := _stated(tree, facts, s))]
    if others:
        tree.document["full_product_names"] = others
    return tree


def product_name(facts: ReleaseFacts, package: PackageFacts) -> str:
    """The product's name: the release's when there is one package, else the package's."""
    if len(facts.packages) == 1 and facts.release.product:
        return facts.release.product
    return package.name


def _product_branch(
    tree: ProductTree, facts: ReleaseFacts, package: PackageFacts
) -> dict[str, Any]:
    name = product_name(facts, package)
    branches, affected, fixed = [], [], []
    for span in package.spans:
        text = vers_of(package.purl.type, span)
        product = tree.add(VexStatus.AFFECTED, f"{name} {words_of(span)}", package.purl)
        affected.append(product["product_id"])
        branches.append({"category": "product_version_range", "name": text, "product": product})
    for version in package.versions:
        product = tree.add(VexStatus.AFFECTED, f"{name} {version}", package.at(version))
        affected.append(product["product_id"])
        branches.append({"category": "product_version", "name": version, "product": product})
    for version in package.fixed:
        product = tree.add(VexStatus.FIXED, f"{name} {version}", package.at(version))
        fixed.append(product["product_id"])
        branches.append({"category": "product_version", "name": version, "product": product})
    tree.remediations.extend(_remediations(facts, package, affected))
    return {"branches": branches, "category": "product_name", "name": name}


def _remediations(
    facts: ReleaseFacts, package: PackageFacts, products: list[str]
) -> list[dict[str, Any]]:
    """What to do about the affected versions of a package: fix, workaround, or none."""
    release = facts.release
    found: list[dict[str, Any]] = []
    text = release.remediation or default_remediation(package)
    if package.fixed or package.fixes:
        fix: dict[str, Any] = {"category": "vendor_fix", "details": text, "product_ids": products}
        dates = [stamp(f.released_at) for f in package.fixes if f.released_at]
        urls = [f.patch_url for f in package.fixes if f.patch_url]
        found.append(
            fix | ({"date": min(dates)} if dates else {}) | ({"url": urls[0]} if urls else {})
        )
    elif text:
        found.append({"category": "mitigation", "details": text, "product_ids": products})
    if release.workaround:
        found.append(
            {"category": "workaround", "details": release.workaround, "product_ids": products}
        )
    return found or [
        {
            "category": "none_available",
            "details": "No fix or workaround is known yet.",
            "product_ids": products,
        }
    ]


def _stated(
    tree: ProductTree, facts: ReleaseFacts, statement: VexStatement
) -> dict[str, Any] | None:
    """Enter a statement; gives the product when the tree did not have it yet."""
    purl = parse_purl(statement.product)
    known = tree.by_purl.get(str(purl))
    made = None
    if known is None:
        made = tree.add(statement.status, statement.name or str(purl), purl)
        known = str(made["product_id"])
    match statement.status:
        case VexStatus.NOT_AFFECTED:
            if statement.justification:
                tree.flags.append({"label": statement.justification.value, "product_ids": [known]})
            if statement.impact.strip():
                tree.threats.append(
                    {"category": "impact", "details": statement.impact, "product_ids": [known]}
                )
        case VexStatus.UNDER_INVESTIGATION:
            details = statement.action or "Wait for the result of the investigation."
            tree.remediations.append(
                {"category": "none_available", "details": details, "product_ids": [known]}
            )
        case VexStatus.AFFECTED if made is not None or statement.action:
            tree.remediations.append(
                {
                    "category": "mitigation" if action_of(facts, statement) else "none_available",
                    "details": action_of(facts, statement) or "No fix or workaround is known yet.",
                    "product_ids": [known],
                }
            )
    return made


def action_of(facts: ReleaseFacts, statement: VexStatement) -> str:
    """What the user of an affected product should do; "" when nothing is known."""
    return statement.action or facts.remediation or facts.release.workaround
