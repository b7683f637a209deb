"""Merkle trees: the published test tree of RFC 6962 implementations, and all small proofs."""

from hashlib import sha256

import pytest

from seawall.signing import merkle
from seawall.signing.merkle import Frontier, leaf_hash, node_hash

# Inputs and roots of the reference test tree (google/certificate-transparency,
# cpp/merkletree/merkle_tree_test.cc; Apache-2.0).
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Tree:
    """All nodes of a tree in memory."""

    def __init__(self, entries: list[bytes]) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.frontier = Frontier()
        self.roots = [self.frontier.root()]
        for index, entry in enumerate(entries):
            self.nodes[0, index] = leaf_hash(entry)
            self.frontier, made = self.frontier.append(leaf_hash(entry))
            self.nodes |= {(node.level, node.index): node.hash for node in made}
            self.roots.append(self.frontier.root())

    def __call__(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]


def reference_root(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, word for word."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return leaf_hash(entries[0])
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return node_hash(reference_root(entries[:k]), reference_root(entries[k:]))


def test_the_reference_tree_has_the_published_roots():
    assert [root.hex() for root in Tree(INPUTS).roots[1:]] == ROOTS


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 9, 31, 33, 100])
def test_the_root_is_that_of_the_definition(size):
    entries = [b"%d" % n for n in range(size)]
    assert Tree(entries).frontier.root() == reference_root(entries)


def test_every_inclusion_proof_up_to_20_leaves_holds_and_no_altered_one_does():
    tree = Tree([b"%d" % n for n in range(20)])
    for size in range(1, 21):
        for index in range(size):
            proof = merkle.inclusion_proof(tree, index=index, size=size)
            given = {"index": index, "size": size, "proof": proof, "root": tree.roots[size]}
            leaf = tree(0, index)
            assert merkle.verify_inclusion(leaf=leaf, **given)
            assert not merkle.verify_inclusion(leaf=leaf_hash(b"other"), **given)
            assert not merkle.verify_inclusion(leaf=leaf, **given | {"index": index + 1})
            assert not merkle.verify_inclusion(leaf=leaf, **given | {"proof": (*proof, leaf)})
            if proof:
                assert not merkle.verify_inclusion(leaf=leaf, **given | {"proof": proof[1:]})


def test_every_consistency_proof_up_to_20_leaves_holds_and_no_altered_one_does():
    tree = Tree([b"%d" % n for n in range(20)])
    for new in range(1, 21):
        for old in range(1, new + 1):
            proof = merkle.consistency_proof(tree, old=old, new=new)
            given = {"old": old, "new": new, "proof": proof}
            roots = {"old_root": tree.roots[old], "new_root": tree.roots[new]}
            assert merkle.verify_consistency(**given, **roots)
            assert not merkle.verify_consistency(**given, **roots | {"old_root": b"\x00" * 32})
            assert not merkle.verify_consistency(**given, **roots | {"new_root": b"\x00" * 32})
            longer = given | {"proof": (*proof, b"\x00" * 32)}
            assert not merkle.verify_consistency(**longer, **roots)


@pytest.mark.parametrize("index, size", [(-1, 4), (4, 4), (0, 0)])
def test_there_is_no_proof_for_a_leaf_outside_the_tree(index, size):
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(Tree([b"x"] * 4), index=index, size=size)


@pytest.mark.parametrize("old, new", [(0, 4), (5, 4)])
def test_there_is_no_consistency_proof_backwards_or_from_nothing(old, new):
    with pytest.raises(ValueError, match="no proof"):
        merkle.consistency_proof(Tree([b"x"] * 5), old=old, new=new)
