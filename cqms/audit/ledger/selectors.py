"""What the ledger tells others: where a row is sealed, its payload, and proofs that anybody can check.

Everything here is read inside the scope of an organization and concerns its log alone.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import models

from cqms.audit.ledger.merkle import Tree, leaf_hash
from cqms.audit.ledger.models import LedgerCheckpoint, LedgerHandover, LedgerKey, LedgerLeaf, LedgerQueue
from cqms.audit.ledger.rows import Sources, payloads, redacted_payloads
from cqms.audit.ledger.tiles import StoredNodes
from cqms.audit.ledger.tombstones import LedgerTombstone, tombstones_of, unapproved

__all__ = [
    "Proof", "Receipt", "Waiting", "checkpoint_covering", "consistency_proof", "handovers_of", "keys",
    "leaf_hashes", "leaves_between", "leaves_of", "newest_checkpoint", "payloads", "proof", "receipt", "redacted",
    "waiting",
]  # fmt: skip


@dataclass(frozen=True)
class Receipt:
    """What a signer takes home: the hash of the leaf, hexadecimal, its position, and the checkpoint that sealed it.

    Position and checkpoint are None for the seconds until then.
    """

    hash: str
    position: int | None = None
    checkpoint: LedgerCheckpoint | None = None


@dataclass(frozen=True)
class Proof:
    """That entries stand in the log: their positions, ascending, and one path (merkle.check_multiproof).

    With one position the path of RFC 6962 is `inclusion`, for whoever has a checker of that.
    """

    checkpoint: LedgerCheckpoint
    positions: tuple[int, ...]
    path: tuple[bytes, ...]
    inclusion: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Waiting:
    """How much is not sealed yet, and since when."""

    count: int
    since: dt.datetime | None


def leaves_of(rows: Sequence[models.Model]) -> dict[int, LedgerLeaf]:
    """Row id → sealed leaf, for rows of one sealed table; rows that still wait are missing."""
    if not rows:
        return {}
    layouts = [layout.id for layout in Sources().named(rows[0]._meta.db_table)]
    found = LedgerLeaf.objects.filter(layout__in=layouts, row_id__in=[row.pk for row in rows])
    return {leaf.row_id: leaf for leaf in found}


def redacted(row: models.Model, leaf: LedgerLeaf) -> tuple[LedgerTombstone, bytes] | None:
    """The tombstone that says why a row does not give its leaf, and the payload it gives instead.

    None where there is none that two people stand behind: then the row was changed.
    """
    for tombstone in tombstones_of(row._meta.db_table, [row.pk]).get(row.pk, []):
        payload = redacted_payloads([tombstone]).get(tombstone.pk, b"")
        fits = (bytes(tombstone.old_hash), bytes(tombstone.new_hash)) == (bytes(leaf.hash), leaf_hash(payload))
        if fits and not unapproved([tombstone]):
            return tombstone, payload
    return None


def leaves_between(start: int, end: int) -> list[LedgerLeaf]:
    """The leaves from position `start` to before `end`, in order."""
    return list(LedgerLeaf.objects.filter(position__gte=start, position__lt=end).order_by("position"))


def receipt(row: models.Model) -> Receipt:
    """The leaf of a row that was written, in this transaction or earlier. Raises LookupError for an unsealed table."""
    layouts = [layout.id for layout in Sources().named(row._meta.db_table)]
    leaf = LedgerLeaf.objects.filter(layout__in=layouts, row_id=row.pk).first()
    if leaf is not None:
        return Receipt(bytes(leaf.hash).hex(), leaf.position, checkpoint_covering(leaf.position))
    queued = LedgerQueue.objects.filter(layout__in=layouts, row_id=row.pk).first()
    if queued is None:
        raise LookupError(f"{row._meta.db_table} {row.pk} has no leaf.")
    return Receipt(bytes(queued.hash).hex())


def leaf_hashes(rows: Sequence[models.Model]) -> dict[int, str]:
    """Row id → hash of its leaf, hexadecimal, sealed or still waiting, for rows of one sealed table."""
    if not rows:
        return {}
    layouts = [layout.id for layout in Sources().named(rows[0]._meta.db_table)]
    ids = [row.pk for row in rows]
    both = (model.objects.filter(layout__in=layouts, row_id__in=ids) for model in (LedgerLeaf, LedgerQueue))
    return {leaf.row_id: bytes(leaf.hash).hex() for found in both for leaf in found}


def newest_checkpoint() -> LedgerCheckpoint | None:
    """The head of the log; None before the first seal."""
    return LedgerCheckpoint.objects.select_related("key").order_by("-size").first()


def checkpoint_covering(position: int) -> LedgerCheckpoint | None:
    """The first checkpoint that covers a position: it says when that entry was sealed."""
    covering = LedgerCheckpoint.objects.select_related("key").filter(size__gt=position)
    return covering.order_by("size").first()


def proof(positions: Iterable[int], checkpoint: LedgerCheckpoint) -> Proof:
    """One proof that all those entries stand in the log of that checkpoint. Raises IndexError beyond it.

    Cheap for a contiguous range of any length; a selection with gaps needs the hashes between them.
    """
    wanted = tuple(sorted(set(positions)))
    tree = Tree(StoredNodes(), checkpoint.size)
    inclusion = tuple(tree.inclusion(wanted[0])) if len(wanted) == 1 else ()
    return Proof(checkpoint, wanted, tuple(tree.multiproof(wanted)), inclusion)


def consistency_proof(old: LedgerCheckpoint, new: LedgerCheckpoint) -> list[bytes]:
    """That the log of the old checkpoint is the beginning of the new one's (merkle.check_consistency)."""
    return Tree(StoredNodes(), new.size).consistency(old.size)


def keys() -> list[LedgerKey]:
    """Every key of the log, the first one first."""
    return list(LedgerKey.objects.order_by("pk"))


def handovers_of(checkpoint: LedgerCheckpoint) -> list[LedgerHandover]:
    """Who holds a checkpoint besides us, with the time stamps."""
    return list(LedgerHandover.objects.filter(checkpoint=checkpoint).order_by("pk"))


def waiting() -> Waiting:
    """What is written and not sealed yet."""
    oldest = LedgerQueue.objects.order_by("pk").first()
    return Waiting(LedgerQueue.objects.count(), oldest.queued_at if oldest else None)
