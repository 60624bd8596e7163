"""Merkle trees against the reference vectors and a transcription of the RFC's recursion."""

import hashlib
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.canon import merkle

VECTORS = json.loads(Path("tests/vectors/merkle.json").read_text(encoding="utf-8"))
LEAVES = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves"]]


def rfc_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + rfc_root(leaves[:k]) + rfc_root(leaves[k:])).digest()


def numbers(n: int) -> list[bytes]:
    return [merkle.leaf_hash(str(i).encode()) for i in range(n)]


def unhex(text: str) -> bytes:
    return bytes.fromhex(text)


@pytest.mark.parametrize("size", range(9))
def test_reference_roots(size: int) -> None:
    """Roots of the reference tree at each size."""
    assert merkle.root(LEAVES[:size]).hex() == VECTORS["roots_by_size"][size]


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=lambda case: case["case"])
def test_reference_inclusion(case: dict) -> None:
    """Good proofs hold, false ones do not."""
    holds = merkle.verify_inclusion(
        case["index"],
        case["size"],
        unhex(case["leaf_hash"]),
        [unhex(h) for h in case["proof"]],
        unhex(case["root"]),
    )
    assert holds is case["valid"]


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=lambda case: case["case"])
def test_reference_consistency(case: dict) -> None:
    """Good proofs hold, false ones do not."""
    holds = merkle.verify_consistency(
        case["size1"],
        case["size2"],
        unhex(case["root1"]),
        unhex(case["root2"]),
        [unhex(h) for h in case["proof"]],
    )
    assert holds is case["valid"]


def test_sumdb_leaf() -> None:
    """A leaf of the Go checksum database has the published hash."""
    leaf = VECTORS["sumdb_leaf"]
    assert merkle.leaf_hash(leaf["data"].encode()).hex() == leaf["leaf_hash"]


@pytest.mark.parametrize("size", range(1, 34))
def test_every_proof_of_small_trees(size: int) -> None:
    """At every size: the root is the RFC's, and every proof made holds for its own claim only."""
    leaves = numbers(size)
    tree = merkle.Tree(leaves)
    assert len(tree) == size
    assert tree.root == rfc_root(leaves)
    for index in range(size):
        proof = tree.inclusion_proof(index)
        assert merkle.verify_inclusion(index, size, leaves[index], proof, tree.root)
        other = leaves[index - 1] if size > 1 else merkle.leaf_hash(b"other")
        assert not merkle.verify_inclusion(index, size, other, proof, tree.root)
    for old in range(1, size + 1):
        proof = tree.consistency_proof(old)
        old_root = merkle.root(leaves[:old])
        assert merkle.verify_consistency(old, size, old_root, tree.root, proof)
        forged = merkle.root([*leaves[: old - 1], merkle.leaf_hash(b"forged")])
        assert not merkle.verify_consistency(old, size, forged, tree.root, proof)


@given(st.integers(1, 300), st.data())
def test_altered_proofs_fail(size: int, data: st.DataObject) -> None:
    """A proof with one hash altered, dropped or added does not hold."""
    leaves = numbers(size)
    tree = merkle.Tree(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion_proof(index)
    longer = [*proof, merkle.EMPTY_ROOT]
    assert not merkle.verify_inclusion(index, size, leaves[index], longer, tree.root)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        dropped = proof[:place] + proof[place + 1 :]
        altered = [*proof[:place], merkle.EMPTY_ROOT, *proof[place + 1 :]]
        cut = [*proof[:place], proof[place][:-1], *proof[place + 1 :]]
        for bad in (dropped, altered, cut):
            assert not merkle.verify_inclusion(index, size, leaves[index], bad, tree.root)


@given(st.integers(0, 200))
def test_compact_range_grows_to_the_same_root(size: int) -> None:
    """Growing leaf by leaf gives the root of the whole."""
    grown = merkle.CompactRange()
    for leaf in numbers(size):
        grown.append(leaf)
    assert (len(grown), grown.root) == (size, merkle.root(numbers(size)))


@given(st.integers(1, 70), st.data())
def test_a_grown_tree_answers_for_every_size_it_had(size: int, data: st.DataObject) -> None:
    """Roots and proofs of an earlier size are those of a tree made of that many leaves."""
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(size)]
    begun = data.draw(st.integers(0, size))
    grown = merkle.Tree(leaves[:begun])
    for leaf in leaves[begun:]:
        grown.append(leaf)
    earlier = data.draw(st.integers(1, size))
    whole = merkle.Tree(leaves[:earlier])
    old = data.draw(st.integers(1, earlier))
    assert grown.root == merkle.root(leaves)
    assert grown.root_at(earlier) == whole.root
    assert grown.consistency_proof(old, earlier) == whole.consistency_proof(old)
    assert grown.inclusion_proof(old - 1, earlier) == whole.inclusion_proof(old - 1)
    assert grown.root_at(0) == merkle.EMPTY_ROOT


def test_refusals() -> None:
    """Hashes of another length, leaves that are not there and size 0 are refused."""
    with pytest.raises(ValueError, match="32 bytes"):
        merkle.root([b"short"])
    with pytest.raises(ValueError, match="32 bytes"):
        merkle.CompactRange().append(b"")
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(numbers(3), 3)
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof([], 0)
    with pytest.raises(ValueError, match="no consistency proof"):
        merkle.consistency_proof(numbers(3), 0)
    with pytest.raises(ValueError, match="no consistency proof"):
        merkle.consistency_proof(numbers(3), 4)


def test_city_size_is_quick() -> None:
    """The root over 120,000 leaves takes well under a few seconds of processor time."""
    leaves = numbers(120_000)
    start = time.process_time()
    tree = merkle.Tree(leaves)
    assert time.process_time() - start < 3
    proof = tree.inclusion_proof(98_765)
    assert merkle.verify_inclusion(98_765, 120_000, leaves[98_765], proof, tree.root)
