"""The product tree of a CSAF document, flattened: every product id with all that is known of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from seawall.formats.csaf_types import (
    Branch,
    CsafDocument,
    FullProductName,
    Helper,
    ProductTree,
    Relationship,
)
from seawall.vocab.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product of a document. `version` and `version_range` are what branches of those
    categories say ("" when there is none); `platform` is the product that it runs on or is
    part of, by name, when a relationship says so."""

    product_id: str
    name: str
    vendor: str = ""
    product: str = ""
    version: str = ""
    version_range: str = ""
    platform: str = ""
    purl: str = ""
    cpe: str = ""
    hashes: tuple[tuple[str, str, str], ...] = ()
    """(file name, algorithm, hex value) each."""
    model_numbers: tuple[str, ...] = ()
    serial_numbers: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()


def products_of(document: CsafDocument) -> Mapping[str, Product]:
    """Every product of a document by its id; BadInput when an id is defined twice or a
    relationship names an undefined one (CSAF 2.0 §6.1.1 and §6.1.2)."""
    found: dict[str, Product] = {}
    tree = document.product_tree or ProductTree()
    for product in _plain(tree):
        _add(found, product)
    waiting = list(tree.relationships)
    while waiting:
        ready = [one for one in waiting if one.product_reference in found]
        ready = [one for one in ready if one.relates_to_product_reference in found]
        if not ready:
            raise BadInput(
                f"a relationship of {waiting[0].product.product_id!r} names an undefined product",
                where="/product_tree/relationships",
            )
        for one in ready:
            _add(found, _related(one, found))
        waiting = [one for one in waiting if one.product.product_id not in found]
    return found


def group_members(document: CsafDocument) -> Mapping[str, tuple[str, ...]]:
    """The product ids of each product group."""
    tree = document.product_tree or ProductTree()
    return {group.group_id: group.product_ids for group in tree.product_groups}


def _add(found: dict[str, Product], product: Product) -> None:
    if product.product_id in found:
        raise BadInput(
            f"the product id {product.product_id!r} is defined twice", where="/product_tree"
        )
    found[product.product_id] = product


def _plain(tree: ProductTree) -> Iterator[Product]:
    for full in tree.full_product_names:
        yield _named(full, Product(product_id=full.product_id, name=full.name))
    for branch in tree.branches:
        yield from _below(branch, Product(product_id="", name=""))


def _below(branch: Branch, known: Product) -> Iterator[Product]:
    match branch.category:
        case "vendor":
            known = replace(known, vendor=branch.name)
        case "product_name":
            known = replace(known, product=branch.name)
        case "product_version":
            known = replace(known, version=branch.name)
        case "product_version_range":
            known = replace(known, version_range=branch.name)
    if branch.product is not None:
        yield _named(branch.product, known)
    for below in branch.branches:
        yield from _below(below, known)


def _named(full: FullProductName, known: Product) -> Product:
    helper = full.helper or Helper()
    return replace(
        known,
        product_id=full.product_id,
        name=full.name,
        purl=helper.purl or known.purl,
        cpe=helper.cpe or known.cpe,
        hashes=tuple(
            (file.filename, algorithm, digest)
            for file in helper.hashes
            for algorithm, digest in file.hashes
        )
        or known.hashes,
        model_numbers=helper.model_numbers or known.model_numbers,
        serial_numbers=helper.serial_numbers or known.serial_numbers,
        skus=helper.skus or known.skus,
    )


def _related(one: Relationship, found: Mapping[str, Product]) -> Product:
    """The combined product: the first one's identity, on or in the platform of the second."""
    platform = found[one.relates_to_product_reference]
    return _named(one.product, replace(found[one.product_reference], platform=platform.name))
