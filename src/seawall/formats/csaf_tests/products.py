"""CSAF 2.0 §6.1.1 to §6.1.6: product ids, group ids and product status."""

from collections.abc import Iterable, Iterator

from seawall.formats.csaf_tests.document import STATUS_GROUPS, CsafDocument, Found, problem


def missing_product_id(doc: CsafDocument) -> Found:
    """§6.1.1 Missing Definition of Product ID."""
    known = doc.product_ids
    for at, product_id in _product_references(doc):
        if product_id not in known:
            yield problem(
                "6.1.1",
                at,
                f"product id {product_id!r} is not defined",
                "define it in /product_tree or correct the reference",
            )


def multiple_product_id(doc: CsafDocument) -> Found:
    """§6.1.2 Multiple Definition of Product ID."""
    if len(doc.named) == len(doc.product_ids):
        return
    seen: dict[str, str] = {}
    for named in doc.named:
        product_id = named.product["product_id"]
        first = seen.setdefault(product_id, named.at)
        if first != named.at:
            yield problem(
                "6.1.2",
                f"{named.at}/product_id",
                f"product id {product_id!r} is already defined at {first}",
                "give each product its own id",
            )


def circular_product_id(doc: CsafDocument) -> Found:
    """§6.1.3 Circular Definition of Product ID."""
    made_of: dict[str, set[str]] = {}
    for relationship in doc.relationships:
        parts = made_of.setdefault(relationship["full_product_name"]["product_id"], set())
        parts.add(relationship["product_reference"])
        parts.add(relationship["relates_to_product_reference"])
    for i, relationship in enumerate(doc.relationships):
        product_id = relationship["full_product_name"]["product_id"]
        if _reaches(made_of, made_of[product_id], product_id):
            yield problem(
                "6.1.3",
                f"/product_tree/relationships/{i}/full_product_name/product_id",
                f"product id {product_id!r} is defined through itself",
                "let the relationship refer to products that do not depend on it",
            )


def missing_group_id(doc: CsafDocument) -> Found:
    """§6.1.4 Missing Definition of Product Group ID."""
    for i, vulnerability in enumerate(doc.vulnerabilities):
        for kind in ("flags", "remediations", "threats"):
            for j, item in enumerate(vulnerability.get(kind, ())):
                for k, group_id in enumerate(item.get("group_ids", ())):
                    if group_id not in doc.group_members:
                        yield problem(
                            "6.1.4",
                            f"/vulnerabilities/{i}/{kind}/{j}/group_ids/{k}",
                            f"product group id {group_id!r} is not defined",
                            "define it in /product_tree/product_groups or correct the reference",
                        )


def multiple_group_id(doc: CsafDocument) -> Found:
    """§6.1.5 Multiple Definition of Product Group ID."""
    seen: set[str] = set()
    for i, group in enumerate(doc.groups):
        if group["group_id"] in seen:
            yield problem(
                "6.1.5",
                f"/product_tree/product_groups/{i}/group_id",
                f"product group id {group['group_id']!r} is already defined",
                "give each group its own id",
            )
        seen.add(group["group_id"])


def contradicting_status(doc: CsafDocument) -> Found:
    """§6.1.6 Contradicting Product Status."""
    for i, vulnerability in enumerate(doc.vulnerabilities):
        seen: dict[str, tuple[str, str]] = {}
        for name, products in vulnerability.get("product_status", {}).items():
            group = STATUS_GROUPS.get(name)
            if group is None:
                continue
            for j, product_id in enumerate(products):
                other, other_name = seen.setdefault(product_id, (group, name))
                if other != group:
                    yield problem(
                        "6.1.6",
                        f"/vulnerabilities/{i}/product_status/{name}/{j}",
                        f"product {product_id!r} is {group} here and {other} in {other_name}",
                        "keep the product in the lists of one status only",
                    )


def _product_references(doc: CsafDocument) -> Iterator[tuple[str, str]]:
    for i, group in enumerate(doc.groups):
        yield from _each(f"/product_tree/product_groups/{i}/product_ids", group["product_ids"])
    for i, relationship in enumerate(doc.relationships):
        for key in ("product_reference", "relates_to_product_reference"):
            yield f"/product_tree/relationships/{i}/{key}", relationship[key]
    known = doc.product_ids
    for i, vulnerability in enumerate(doc.vulnerabilities):
        here = f"/vulnerabilities/{i}"
        for name, products in vulnerability.get("product_status", {}).items():
            if not known.issuperset(products):
                yield from _each(f"{here}/product_status/{name}", products)
        for kind in ("flags", "remediations", "scores", "threats"):
            key = "products" if kind == "scores" else "product_ids"
            for j, item in enumerate(vulnerability.get(kind, ())):
                products = item.get(key, ())
                if not known.issuperset(products):
                    yield from _each(f"{here}/{kind}/{j}/{key}", products)


def _each(at: str, ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    for k, product_id in enumerate(ids):
        yield f"{at}/{k}", product_id


def _reaches(made_of: dict[str, set[str]], start: set[str], goal: str) -> bool:
    seen: set[str] = set()
    todo = list(start)
    while todo:
        here = todo.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            todo.extend(made_of.get(here, ()))
    return False
