"""The tree of one organization in the database: leaves, and full tiles of 256 hashes above them."""

from collections.abc import Iterator, Sequence

from django.db import connection

from cqms.audit.ledger.merkle import HASH_BYTES, peaks_of, perfect_root
from cqms.audit.ledger.models import LedgerTile
from cqms.organizations.scope import current_organization_id

WIDTH_BITS = 8
WIDTH = 1 << WIDTH_BITS

_LEAVES = (
    "SELECT string_agg(hash, '' ORDER BY position) FROM audit_ledgerleaf"
    " WHERE organization_id = %s AND position >= %s AND position < %s"
)
_ROOTS = (
    "SELECT string_agg(root, '' ORDER BY position) FROM audit_ledgertile"
    " WHERE organization_id = %s AND position >= %s AND position < %s AND level = %s"
)
_TILE = "SELECT hashes FROM audit_ledgertile WHERE organization_id = %s AND level = %s AND position = %s"


class MissingNode(Exception):
    """The tree lacks hashes that it must have: somebody removed leaves or tiles."""


class StoredNodes:
    """The nodes of the open organization's tree, each tile read once."""

    def __init__(self) -> None:
        self._organization = current_organization_id()
        self._tiles: dict[tuple[int, int], bytes] = {}

    def perfect(self, height: int, index: int) -> bytes:
        """The root of a complete subtree. Raises MissingNode when the tree does not have it."""
        level, within = divmod(height, WIDTH_BITS)
        first = index << within
        return perfect_root(self.hashes(level, first, first + (1 << within)))

    def hashes(self, level: int, start: int, end: int) -> list[bytes]:
        """The hashes of one level from `start` to before `end`; a hash of level n covers 256 ** n leaves."""
        found: list[bytes] = []
        for tile in range(start >> WIDTH_BITS, (end + WIDTH - 1) >> WIDTH_BITS):
            base = tile << WIDTH_BITS
            low, high = max(start, base) - base, min(end, base + WIDTH) - base
            raw = self._tile(level, tile)[low * HASH_BYTES : high * HASH_BYTES]
            if len(raw) != (high - low) * HASH_BYTES:
                raise MissingNode(f"level {level}, {base + low} to {base + high}")
            found += [raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)]
        return found

    def _tile(self, level: int, position: int) -> bytes:
        key = (level, position)
        if key not in self._tiles:
            self._tiles[key] = self._read(level, position)
        return self._tiles[key]

    def _read(self, level: int, position: int) -> bytes:
        """A full tile, or as much of it as there is: the newest tiles of each level are not stored yet."""
        start, end = position << WIDTH_BITS, (position + 1) << WIDTH_BITS
        with connection.cursor() as cursor:
            cursor.execute(_TILE, [self._organization, level, position])
            row = cursor.fetchone()
            if row is None and level == 0:
                cursor.execute(_LEAVES, [self._organization, start, end])
                row = cursor.fetchone()
            elif row is None:
                cursor.execute(_ROOTS, [self._organization, start, end, level - 1])
                row = cursor.fetchone()
        return bytes(row[0] or b"")


def new_tiles(nodes: StoredNodes, size: int, leaves: Sequence[bytes]) -> Iterator[LedgerTile]:
    """The tiles that become full when `leaves` follow a tree of `size` entries, level by level."""
    level, entries = 0, list(leaves)
    while (first := size >> WIDTH_BITS) != (last := (size + len(entries)) >> WIDTH_BITS):
        entries = nodes.hashes(level, first << WIDTH_BITS, size) + entries
        roots = []
        for at, position in enumerate(range(first, last)):
            block = entries[at << WIDTH_BITS : (at + 1) << WIDTH_BITS]
            roots.append(perfect_root(block))
            yield LedgerTile(level=level, position=position, hashes=b"".join(block), root=roots[-1])
        level, size, entries = level + 1, first, roots


def stored_peaks(size: int) -> list[bytes]:
    """Where a Frontier over the open organization's tree goes on after `size` entries."""
    return peaks_of(StoredNodes(), size)
