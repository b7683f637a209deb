"""Trees and proofs, against the definitions of RFC 6962 over whole lists of entries."""

import pytest

from seawall_verify.failures import VerificationFailed
from seawall_verify.trees import (
    EMPTY_ROOT,
    check_consistency,
    check_inclusion,
    leaf_hash,
    split,
    tree_hash,
)
from verify.smalllog import consistency, inclusion, mth

LEAVES = [b"entry %d" % i for i in range(40)]
ROOTS = [mth(LEAVES[:size]) for size in range(41)]
OTHER = b"\7" * 32


@pytest.mark.parametrize("size", range(41))
def test_a_tree_hash_is_as_defined(size):
    assert tree_hash([leaf_hash(leaf) for leaf in LEAVES[:size]]) == ROOTS[size]


def test_the_first_half_is_the_largest_power_of_two_below_the_size():
    assert [split(size) for size in (2, 3, 4, 5, 8, 9, 256, 257)] == [1, 2, 2, 4, 4, 8, 128, 256]


def included(index, size, proof, *, leaf=None, root=None):
    try:
        check_inclusion(
            index=index,
            size=size,
            leaf=leaf_hash(LEAVES[index]) if leaf is None else leaf,
            root=ROOTS[size] if root is None else root,
            proof=proof,
        )
    except VerificationFailed:
        return False
    return True


@pytest.mark.parametrize("size", range(1, 41))
def test_every_inclusion_proof_verifies_and_no_altered_one(size):
    for index in range(size):
        proof = inclusion(index, LEAVES[:size])
        assert included(index, size, proof)
        assert not included(index, size, proof, leaf=OTHER)
        assert not included(index, size, proof, root=OTHER)
        assert not included(index, size, [*proof, OTHER])
        assert not included(index, size, [OTHER, *proof])
        for at in range(len(proof)):
            assert not included(index, size, [*proof[:at], OTHER, *proof[at + 1 :]])
            assert not included(index, size, [*proof[:at], *proof[at + 1 :]])


@pytest.mark.parametrize("size", range(2, 17))
def test_a_leaf_is_proven_only_at_its_own_place(size):
    for index in range(size):
        proof, leaf = inclusion(index, LEAVES[:size]), leaf_hash(LEAVES[index])
        places = [other for other in range(size) if included(other, size, proof, leaf=leaf)]
        assert places == [index]


@pytest.mark.parametrize("index", [-1, 3, 4])
def test_an_entry_outside_the_log_is_never_included(index):
    with pytest.raises(VerificationFailed, match=f"Entry {index} is not among the log's 3 entries"):
        check_inclusion(index=index, size=3, leaf=OTHER, root=ROOTS[3], proof=[])


def continues(old, new, proof, *, old_root=None, new_root=None):
    try:
        check_consistency(
            old_size=old,
            old_root=ROOTS[old] if old_root is None else old_root,
            new_size=new,
            new_root=ROOTS[new] if new_root is None else new_root,
            proof=proof,
        )
    except VerificationFailed:
        return False
    return True


@pytest.mark.parametrize("new", range(41))
def test_every_consistency_proof_verifies_and_no_altered_one(new):
    for old in range(new + 1):
        proof = consistency(old, LEAVES[:new])
        assert continues(old, new, proof)
        assert not continues(old, new, proof, old_root=OTHER)
        assert not continues(old, new, [*proof, OTHER])
        assert not continues(old, new, [OTHER, *proof])
        if old or not new:
            assert not continues(old, new, proof, new_root=OTHER)
        for at in range(len(proof)):
            assert not continues(old, new, [*proof[:at], OTHER, *proof[at + 1 :]])
            assert not continues(old, new, [*proof[:at], *proof[at + 1 :]])


def test_a_log_does_not_continue_a_larger_one():
    assert not continues(5, 4, consistency(4, LEAVES[:5]))
    assert not continues(-1, 4, [])


def test_another_history_is_no_continuation():
    forged = [b"forged", *LEAVES[1:9]]
    assert not continues(5, 9, consistency(5, forged), new_root=mth(forged))
    assert not continues(4, 9, consistency(4, forged), new_root=mth(forged))


def test_the_empty_tree_has_one_root():
    assert ROOTS[0] == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
