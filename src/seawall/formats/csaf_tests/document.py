"""A CSAF 2.0 document, walked once: products, groups, and where each is referred to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from seawall.vocab.problems import Problem, ProblemSeverity

Obj = dict[str, Any]
Found = Iterator[Problem]

STATUS_GROUPS: dict[str, str] = {
    "first_affected": "affected",
    "known_affected": "affected",
    "last_affected": "affected",
    "known_not_affected": "not affected",
    "first_fixed": "fixed",
    "fixed": "fixed",
    "under_investigation": "under investigation",
}
"""CSAF 2.0 §3.2.3.9.9: lists of product_status that contradict another list's group."""


@dataclass(frozen=True, slots=True)
class Named:
    """A full product name object and its JSON pointer."""

    at: str
    product: Obj


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch object and its JSON pointer."""

    at: str
    branch: Obj


class CsafDocument:
    """A schema-valid CSAF document with what several tests need worked out once."""

    __slots__ = (
        "branches",
        "category",
        "document",
        "group_members",
        "groups",
        "named",
        "product_ids",
        "raw",
        "relationships",
        "tracking",
        "tree",
        "vulnerabilities",
    )

    def __init__(self, raw: Obj) -> None:
        self.raw = raw
        self.document: Obj = raw["document"]
        self.category: str = self.document["category"]
        self.tracking: Obj = self.document["tracking"]
        self.tree: Obj = raw.get("product_tree", {})
        self.vulnerabilities: list[Obj] = raw.get("vulnerabilities", [])
        self.relationships: list[Obj] = self.tree.get("relationships", [])
        self.groups: list[Obj] = self.tree.get("product_groups", [])
        self.branches: list[Branch] = []
        self.named: list[Named] = []
        for i, product in enumerate(self.tree.get("full_product_names", ())):
            self.named.append(Named(f"/product_tree/full_product_names/{i}", product))
        self._walk(self.tree.get("branches", ()), "/product_tree/branches")
        for i, relationship in enumerate(self.relationships):
            self.named.append(
                Named(
                    f"/product_tree/relationships/{i}/full_product_name",
                    relationship["full_product_name"],
                )
            )
        self.product_ids: set[str] = {n.product["product_id"] for n in self.named}
        self.group_members: dict[str, set[str]] = {}
        for group in self.groups:
            members = self.group_members.setdefault(group["group_id"], set())
            members.update(group["product_ids"])

    def _walk(self, top: Any, at: str) -> None:
        """Collect branches and their products in document order, without recursion."""
        todo = [(f"{at}/{i}", branch) for i, branch in enumerate(top)]
        todo.reverse()
        while todo:
            here, branch = todo.pop()
            self.branches.append(Branch(here, branch))
            if "product" in branch:
                self.named.append(Named(f"{here}/product", branch["product"]))
            inner = branch.get("branches")
            if inner:
                todo.extend(
                    (f"{here}/branches/{i}", inner[i]) for i in range(len(inner) - 1, -1, -1)
                )

    def covered(self, holder: Obj) -> set[str]:
        """Product ids that `product_ids` and `group_ids` of an object name together."""
        ids = set(holder.get("product_ids", ()))
        for group in holder.get("group_ids", ()):
            ids |= self.group_members.get(group, frozenset())
        return ids

    def status(self, vulnerability: Obj, *groups: str) -> set[str]:
        """Product ids in the status lists that belong to `groups`."""
        status = vulnerability.get("product_status")
        if not status:
            return set()
        return {
            product
            for name, products in status.items()
            if STATUS_GROUPS.get(name) in groups
            for product in products
        }


def problem(
    number: str,
    pointer: str,
    message: str,
    mend: str,
    severity: ProblemSeverity = ProblemSeverity.ERROR,
) -> Problem:
    """A problem of the test in CSAF 2.0 §`number`."""
    return Problem(
        test=f"csaf-{number}",
        severity=severity,
        pointer=pointer,
        message=message,
        mend=mend,
        clause=f"CSAF 2.0 §{number}",
    )


def warning(number: str, pointer: str, message: str, mend: str) -> Problem:
    """A problem of an optional test."""
    return problem(number, pointer, message, mend, ProblemSeverity.WARNING)


@lru_cache(maxsize=65536)
def moment(text: str) -> datetime:
    """A date-time that the schema has checked, comparable with others.

    A leap second counts as the last second of its minute; digits below a microsecond are cut.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        spelled = text.upper().replace(" ", "T")
        return datetime.fromisoformat(spelled.replace(":60", ":59", 1))
