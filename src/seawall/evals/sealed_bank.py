"""The private bank: encrypted at rest, its items committed to by one Merkle root (RFC 6962).

Each leaf is a salted statement of one item, so that showing one item with its proof tells nothing
of the others. The root goes into the ledger before anything is drawn; a bank that is opened is
checked against it, so no item can be changed, added or taken away after the commitment.
"""

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from seawall.blobs.sealed import Damaged
from seawall.blobs.sealed import seal as seal_bytes
from seawall.blobs.sealed import unseal as unseal_bytes
from seawall.core.plain import NotThisType, from_plain, to_plain
from seawall.evals.bank import Bank
from seawall.evals.bank_files import family_of
from seawall.evals.consent import CaseFamily, Consent, may_reveal
from seawall.evals.item import Item
from seawall.signing.merkle import Frontier, inclusion_proof, leaf_hash, verify_inclusion
from seawall.vocab.decisions import Refused
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import ItemFacts

_FORMAT = 1
KEY_BYTES = 32
_SALT_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What is committed to of one item."""

    salt: str
    """32 random bytes, hex: without them the leaf's hash tells nothing."""
    facts: ItemFacts
    digest: str
    """`Item.digest`."""

    def statement(self) -> bytes:
        """The canonical JSON that is hashed into the tree."""
        return json.dumps(to_plain(self), sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """One item, shown, with what proves that it was in the bank."""

    leaf: Leaf
    index: int
    size: int
    proof: tuple[str, ...]
    """Hashes from the leaf to the root, hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBank:
    """The bank as it is kept. `root` and `size` may be public."""

    root: str
    size: int
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBank:
    """The bank in memory. Nothing of it is ever written unsealed."""

    bank: Bank
    root: str
    leaves: tuple[Leaf, ...]
    """In the committed order."""
    consents: Mapping[str, Consent]
    """By family."""

    def reveal(self, item_id: str, *, now: datetime) -> Revealed:
        """Show one item with its proof. Raises BadInput while its case is embargoed, KeyError."""
        index = next((i for i, leaf in enumerate(self.leaves) if leaf.facts.id == item_id), -1)
        if index < 0:
            raise KeyError(item_id)
        match may_reveal(self.consents[self.leaves[index].facts.family], now=now):
            case Refused(reason):
                raise BadInput(reason, where=item_id)
        return prove_item(self.leaves, index)


def new_key() -> bytes:
    """A key for `seal`, to be kept with the installation's other keys."""
    return secrets.token_bytes(KEY_BYTES)


def seal(families: Sequence[CaseFamily], key: bytes) -> SealedBank:
    """Commit to all items of `families` and encrypt them. Raises BadInput for a family that does
    not read or occurs twice."""
    names = [family.name for family in families]
    if len(set(names)) != len(names) or not names:
        raise BadInput("a bank has each family once, and at least one", where="families")
    items = [item for family in families for item in family.items]
    leaves = [_leaf(item) for item in items]
    leaves.sort(key=lambda leaf: leaf_hash(leaf.statement()))  # an order that tells no names
    root = root_of(leaves)
    inner = {
        "format": _FORMAT,
        "leaves": [to_plain(leaf) for leaf in leaves],
        "families": [_kept(family) for family in families],
    }
    sealed = seal_bytes(key, json.dumps(inner).encode(), _place(root, len(leaves)))
    return SealedBank(root=root, size=len(leaves), sealed=sealed)


def open_bank(kept: SealedBank, key: bytes) -> OpenBank:
    """Decrypt a bank and check every item against the root.

    Raises Damaged for another key or changed bytes, and BadInput when the items are not those that
    the root commits to.
    """
    inner = json.loads(unseal_bytes(key, kept.sealed, _place(kept.root, kept.size)))
    try:
        leaves = tuple(from_plain(Leaf, each) for each in inner["leaves"])
        families = [_family(each) for each in inner["families"]]
    except (KeyError, NotThisType, ValueError) as error:
        raise Damaged("The bank was sealed in a form that this version does not know.") from error
    items = [item for family in families for item in family.items]
    committed = {(leaf.facts, leaf.digest) for leaf in leaves}
    if (
        root_of(leaves) != kept.root
        or len(leaves) != kept.size
        or len(items) != len(leaves)
        or {(item.facts, item.digest) for item in items} != committed
    ):
        raise BadInput("the items are not those that the root commits to", where="root")
    return OpenBank(
        bank=Bank(items=tuple(sorted(items, key=lambda item: item.id))),
        root=kept.root,
        leaves=leaves,
        consents={family.name: family.consent for family in families},
    )


def root_of(leaves: Sequence[Leaf]) -> str:
    """The Merkle root over the leaves in their order, hex."""
    tree = Frontier()
    for leaf in leaves:
        tree, _ = tree.append(leaf_hash(leaf.statement()))
    return tree.root().hex()


def prove_item(leaves: Sequence[Leaf], index: int) -> Revealed:
    """The leaf at `index` with its inclusion proof."""
    hashes = [leaf_hash(leaf.statement()) for leaf in leaves]

    def node(level: int, place: int) -> bytes:
        tree = Frontier()
        for each in hashes[place << level : (place + 1) << level]:
            tree, _ = tree.append(each)
        return tree.root()

    proof = inclusion_proof(node, index=index, size=len(hashes))
    return Revealed(
        leaf=leaves[index], index=index, size=len(hashes), proof=tuple(h.hex() for h in proof)
    )


def verify_item(shown: Revealed, *, root: str, item: Item | None = None) -> bool:
    """Whether what was shown is in the bank of `root`; with `item`, also that it is this item."""
    if item is not None and (item.facts, item.digest) != (shown.leaf.facts, shown.leaf.digest):
        return False
    return verify_inclusion(
        leaf=leaf_hash(shown.leaf.statement()),
        index=shown.index,
        size=shown.size,
        proof=[bytes.fromhex(h) for h in shown.proof],
        root=bytes.fromhex(root),
    )


def _leaf(item: Item) -> Leaf:
    return Leaf(salt=secrets.token_hex(_SALT_BYTES), facts=item.facts, digest=item.digest)


def _place(root: str, size: int) -> bytes:
    """Binds the ciphertext to what it is and to its commitment."""
    return f"seawall sealed bank {_FORMAT} {root} {size}".encode()


def _kept(family: CaseFamily) -> dict[str, Any]:
    files = {path: base64.b64encode(data).decode() for path, data in family.files.items()}
    return {"name": family.name, "files": files, "consent": to_plain(family.consent)}


def _family(raw: Mapping[str, Any]) -> CaseFamily:
    files = {path: base64.b64decode(text) for path, text in raw["files"].items()}
    consent = from_plain(Consent, raw["consent"])
    family_of(files, name=raw["name"])
    return CaseFamily(name=raw["name"], files=files, consent=consent)
