"""The Merkle tree of RFC 6962: roots, inclusion, consistency, and one proof for many entries. Knows no database.

Hashes are 32 bytes of SHA-256. Positions count from 0; a size is the number of entries of the tree that is meant.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Protocol

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


class BadProof(Exception):
    """A proof that does not lead to the root it should lead to, or whose numbers cannot be."""


class Nodes(Protocol):
    """Where the hashes of a tree come from."""

    def perfect(self, height: int, index: int) -> bytes:
        """The root of the `index`-th complete subtree of 2 ** `height` leaves."""


def leaf_hash(payload: bytes) -> bytes:
    """The hash of an entry: the prefix 0 keeps it apart from the hash of a node."""
    return hashlib.sha256(b"\x00" + payload).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root of a complete tree; the number of its leaves is a power of two."""
    row, sha256 = list(hashes), hashlib.sha256
    while len(row) > 1:
        row = [sha256(b"\x01" + row[each] + row[each + 1]).digest() for each in range(0, len(row), 2)]
    return row[0]


class Leaves:
    """The nodes of a tree whose leaves are all at hand."""

    def __init__(self, hashes: Sequence[bytes]) -> None:
        self._hashes = hashes

    def perfect(self, height: int, index: int) -> bytes:
        """The root of a complete subtree. Raises IndexError beyond the leaves."""
        first = index << height
        if first + (1 << height) > len(self._hashes):
            raise IndexError(first)
        return perfect_root(self._hashes[first : first + (1 << height)])


class Tree:
    """A tree of `size` entries over its nodes: its root, and the proofs that others can check."""

    def __init__(self, nodes: Nodes, size: int) -> None:
        self._nodes, self.size = nodes, size

    def root(self) -> bytes:
        """The hash that stands for all entries and their order."""
        return self._hash(0, self.size)

    def inclusion(self, position: int) -> list[bytes]:
        """The path from an entry to the root (RFC 6962 2.1.1). Raises IndexError outside of the tree."""
        if not 0 <= position < self.size:
            raise IndexError(position)
        path, low, high = [], 0, self.size
        while high - low > 1:
            middle = low + _split(high - low)
            if position < middle:
                path.append(self._hash(middle, high))
                high = middle
            else:
                path.append(self._hash(low, middle))
                low = middle
        return path[::-1]

    def consistency(self, old: int) -> list[bytes]:
        """The proof that the tree of `old` entries is the beginning of this one (RFC 6962 2.1.2)."""
        if not 0 <= old <= self.size:
            raise IndexError(old)
        if old in (0, self.size):
            return []
        path, low, high, whole = [], 0, self.size, True
        while old != high:
            middle = low + _split(high - low)
            if old <= middle:
                path.append(self._hash(middle, high))
                high = middle
            else:
                path.append(self._hash(low, middle))
                low, whole = middle, False
        return [*([] if whole else [self._hash(low, high)]), *path[::-1]]

    def multiproof(self, positions: Sequence[int]) -> list[bytes]:
        """One proof for several entries, positions ascending: the subtrees without any of them, from left to right.

        A contiguous range of any length needs at most two hashes for each level of the tree.
        """
        if list(positions) != sorted(set(positions)) or not all(0 <= each < self.size for each in positions):
            raise IndexError(positions)
        return [self._hash(low, high) for low, high in _without(positions, 0, self.size)]

    def _hash(self, low: int, high: int) -> bytes:
        """The hash of the entries from `low` to before `high`."""
        count = high - low
        if count == 0:
            return EMPTY_ROOT
        if count & (count - 1) == 0 and low % count == 0:
            return self._nodes.perfect(count.bit_length() - 1, low // count)
        middle = low + _split(count)
        return node_hash(self._hash(low, middle), self._hash(middle, high))


class Frontier:
    """A tree that grows at its right edge, in the memory of one hash for each level."""

    def __init__(self, peaks: Sequence[bytes] = (), size: int = 0) -> None:
        """Begin empty, or after `size` entries whose complete subtrees have the roots `peaks`, the largest first."""
        self._peaks, self.size = list(peaks), size

    def add(self, leaf: bytes) -> None:
        """Append the hash of an entry."""
        grown, self.size = self.size, self.size + 1
        while grown & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            grown >>= 1
        self._peaks.append(leaf)

    def root(self) -> bytes:
        """The root of what was added so far."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for left in reversed(self._peaks[:-1]):
            root = node_hash(left, root)
        return root


def peaks_of(nodes: Nodes, size: int) -> list[bytes]:
    """The roots of the complete subtrees that make up a tree, the largest first: where a Frontier goes on."""
    found, low = [], 0
    for height in reversed(range(size.bit_length())):
        if size >> height & 1:
            found.append(nodes.perfect(height, low >> height))
            low += 1 << height
    return found


def check_inclusion(leaf: bytes, position: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raise BadProof unless the entry stands at that position of the tree with that root (RFC 9162 2.1.3.2)."""
    if not 0 <= position < size:
        raise BadProof(f"There is no entry {position} among {size}.")
    if _climb(leaf, position, size - 1, path)[1] != root:
        raise BadProof("The path leads to another root.")


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """Raise BadProof unless the old tree is the beginning of the new one (RFC 9162 2.1.4.2)."""
    if not 0 <= old <= new:
        raise BadProof(f"A tree of {old} entries is no beginning of one of {new}.")
    if old in (0, new):
        if path or old_root != (new_root if old else EMPTY_ROOT):
            raise BadProof("Trees of the same size differ." if old else "The empty tree has another root, or no path.")
        return
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        raise BadProof("The proof is empty.")
    shift = (old & -old).bit_length() - 1  # up to the largest complete subtree at the right edge of the old tree
    if _climb(steps[0], (old - 1) >> shift, (new - 1) >> shift, steps[1:]) != (old_root, new_root):
        raise BadProof("The proof leads to other roots.")


def _climb(start: bytes, position: int, last: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """From a node up to the root: the hash of everything up to that node, and of everything up to `last`."""
    before = after = start
    for step in path:
        if last == 0:
            raise BadProof("The path is too long.")
        if position & 1 or position == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            after = node_hash(after, step)
        position, last = position >> 1, last >> 1
    if last:
        raise BadProof("The path is too short.")
    return before, after


def check_multiproof(leaves: dict[int, bytes], size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raise BadProof unless all those entries (position → hash) stand in the tree with that root."""
    positions = sorted(leaves)
    if not all(0 <= each < size for each in positions):
        raise BadProof(f"There are positions outside of {size} entries.")
    gaps = list(_without(positions, 0, size))
    if len(gaps) != len(path):
        raise BadProof(f"The proof has {len(path)} hashes and needs {len(gaps)}.")
    if _rebuild(positions, leaves, dict(zip(gaps, path, strict=True)), (0, size)) != root:
        raise BadProof("The proof leads to another root.")


def _rebuild(
    positions: Sequence[int], leaves: dict[int, bytes], gaps: dict[tuple[int, int], bytes], span: tuple[int, int]
) -> bytes:
    if span in gaps:
        return gaps[span]
    low, high = span
    if high - low == 1:
        return leaves[low]
    middle = low + _split(high - low)
    left = _rebuild(positions, leaves, gaps, (low, middle))
    return node_hash(left, _rebuild(positions, leaves, gaps, (middle, high)))


def _without(positions: Sequence[int], low: int, high: int) -> Iterator[tuple[int, int]]:
    """The largest subtrees that hold none of the positions, from left to right."""
    first, end = bisect_left(positions, low), bisect_left(positions, high)
    if first == end:
        if high > low:
            yield low, high
    elif end - first < high - low:
        middle = low + _split(high - low)
        yield from _without(positions, low, middle)
        yield from _without(positions, middle, high)


def _split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    return 1 << (count - 1).bit_length() - 1
