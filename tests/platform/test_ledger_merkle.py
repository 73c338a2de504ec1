"""The Merkle tree: known roots, and proofs that hold for what is in the tree and for nothing else."""

import hashlib

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as some

from cqms.audit.ledger.merkle import (
    EMPTY_ROOT,
    BadProof,
    Frontier,
    Leaves,
    Tree,
    check_consistency,
    check_inclusion,
    check_multiproof,
    leaf_hash,
    node_hash,
    peaks_of,
)

INPUTS = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The roots of the trees of the first 0 to 8 inputs, as the vectors of RFC 6962 logs have them."""

OTHER = hashlib.sha256(b"other").digest()
LEAVES = [leaf_hash(str(number).encode()) for number in range(600)]
sizes = some.integers(1, 600)


def tree(size: int) -> Tree:
    return Tree(Leaves(LEAVES), size)


def test_the_roots_are_those_of_the_rfc():
    known = Leaves([leaf_hash(each) for each in INPUTS])
    assert [Tree(known, size).root().hex() for size in range(9)] == ROOTS
    grown = Frontier()
    for size, each in enumerate(INPUTS, 1):
        grown.add(leaf_hash(each))
        assert grown.root().hex() == ROOTS[size]
    assert Frontier().root() == EMPTY_ROOT


def test_a_path_is_that_of_the_rfc():
    """RFC 6962 2.1.3: in the tree of seven, the path of d3 is c, g, l."""
    hashes = [leaf_hash(each) for each in INPUTS]
    seven = Tree(Leaves(hashes), 7)
    g, right = node_hash(*hashes[0:2]), node_hash(node_hash(*hashes[4:6]), hashes[6])
    assert seven.inclusion(3) == [hashes[2], g, right]
    assert seven.inclusion(6) == [node_hash(*hashes[4:6]), node_hash(g, node_hash(*hashes[2:4]))]
    assert seven.consistency(4) == [right]
    assert seven.consistency(3) == [hashes[2], hashes[3], g, right]


@given(sizes, some.data())
def test_every_entry_is_proved_and_nothing_else(size, data):
    position = data.draw(some.integers(0, size - 1))
    root, path, leaf = tree(size).root(), tree(size).inclusion(position), LEAVES[position]
    check_inclusion(leaf, position, size, path, root)
    wrong = [
        (OTHER, position, size, path, root), (leaf, position, size, path, OTHER), (leaf, position, size, [*path, OTHER], root),
        (leaf, size, size, path, root), (leaf, -1, size, path, root),
    ]  # fmt: skip
    if size > 1:
        wrong += [(leaf, position, size, path[:-1], root), (leaf, position, size, [OTHER, *path[1:]], root)]
        wrong += [(leaf, (position + 1) % size, size, path, root), (leaf, position, size, [], root)]
    if len(path) > 1:
        wrong.append((leaf, position, size, [path[1], path[0], *path[2:]], root))
    for each in wrong:
        with pytest.raises(BadProof):
            check_inclusion(*each)


@given(sizes, sizes)
@example(1, 1)
@example(256, 512)
@example(255, 257)
def test_a_tree_continues_its_beginning_and_no_other(one, two):
    old, new = sorted((one, two))
    before, after, path = tree(old).root(), tree(new).root(), tree(new).consistency(old)
    check_consistency(old, new, before, after, path)
    wrong = [(old, new, OTHER, after, path), (old, new, before, OTHER, path), (new + 1, new, before, after, path)]
    wrong += [(old, new, before, after, [*path, OTHER]), (-1, new, before, after, path)]
    if path:
        wrong += [(old, new, before, after, path[:-1]), (old, new, before, after, [])]
        wrong += [(old, new, before, after, [OTHER, *path[1:]])]
    if len(path) > 1:
        wrong.append((old, new, before, after, [path[1], path[0], *path[2:]]))
    for each in wrong:
        with pytest.raises(BadProof):
            check_consistency(*each)


def test_the_empty_tree_is_the_beginning_of_every_tree():
    check_consistency(0, 5, EMPTY_ROOT, tree(5).root(), [])
    check_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    for old_root, path in ((OTHER, []), (EMPTY_ROOT, [OTHER])):
        with pytest.raises(BadProof):
            check_consistency(0, 5, old_root, tree(5).root(), path)


@given(sizes, some.data())
def test_several_entries_have_one_proof(size, data):
    positions = sorted(data.draw(some.sets(some.integers(0, size - 1), min_size=1, max_size=40)))
    leaves = {each: LEAVES[each] for each in positions}
    path, root = tree(size).multiproof(positions), tree(size).root()
    check_multiproof(leaves, size, path, root)
    gone = {each: LEAVES[each] for each in positions[1:]}
    changed = {**leaves, positions[0]: OTHER}
    for wrong, hashes in ((gone, path), (changed, path), (leaves, [*path, OTHER]), ({**leaves, size: OTHER}, path)):
        with pytest.raises(BadProof):
            check_multiproof(wrong, size, hashes, root)
    for hashes in ([path[1], path[0], *path[2:]],) if len(path) > 1 else ():
        with pytest.raises(BadProof):
            check_multiproof(leaves, size, hashes, root)


@given(sizes, some.data())
def test_a_range_needs_few_hashes(size, data):
    first = data.draw(some.integers(0, size - 1))
    end = data.draw(some.integers(first + 1, size))
    assert len(tree(size).multiproof(range(first, end))) <= 2 * size.bit_length()


@given(sizes, sizes)
def test_a_tree_grows_from_its_peaks(one, two):
    old, new = sorted((one, two))
    grown = Frontier(peaks_of(Leaves(LEAVES), old), old)
    for leaf in LEAVES[old:new]:
        grown.add(leaf)
    assert (grown.size, grown.root()) == (new, tree(new).root())


@given(sizes, some.integers(-700, 700))
def test_there_is_no_proof_outside_of_the_tree(size, position):
    assume(not 0 <= position < size)
    for ask in (tree(size).inclusion, lambda each: tree(size).multiproof([each])):
        with pytest.raises(IndexError):
            ask(position)
    with pytest.raises(IndexError):
        tree(size).consistency(size + 1)
