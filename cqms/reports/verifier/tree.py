"""The Merkle tree (RFC 6962) of a log: one proof for all entries of an export. Part of the Python verifier."""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Iterator, Sequence

Entry = tuple[int, str, bytes]
"""Position in the log, hash of the leaf, and what was hashed."""


def leads_to(root: bytes, size: int, entries: Sequence[Entry], proof: list[bytes]) -> bool:
    """Whether entries and proof give the root; its hashes are the subtrees without any entry, left to right."""
    leaves = {position: bytes.fromhex(digest) for position, digest, _ in entries}
    positions = sorted(leaves)
    if len(positions) != len(entries) or (positions and positions[-1] >= size):
        return False
    hashes = iter(proof)
    try:
        found = _subtree(positions, leaves, hashes, 0, size) if size else hashlib.sha256(b"").digest()
    except StopIteration:
        return False
    return found == root and next(hashes, None) is None


def _subtree(positions: list[int], leaves: dict[int, bytes], hashes: Iterator[bytes], low: int, high: int) -> bytes:
    if bisect.bisect_left(positions, low) == bisect.bisect_left(positions, high):
        return next(hashes)
    if high - low == 1:
        return leaves[low]
    middle = low + (1 << ((high - low - 1).bit_length() - 1))
    left = _subtree(positions, leaves, hashes, low, middle)
    return hashlib.sha256(b"\1" + left + _subtree(positions, leaves, hashes, middle, high)).digest()
