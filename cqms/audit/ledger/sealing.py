"""The sealer: puts waiting leaves into the log of their organization and signs its new head.

One transaction seals one batch: leaves, tiles and checkpoint are there together or not at all, so a sealer that is
killed leaves nothing behind, and the next one begins where the last one ended. Only committed leaves are seen, so a
transaction that commits later stands later in the log; one that takes long holds nobody up.
"""

import datetime as dt

import structlog
from django.db import connection
from django.utils import timezone

from cqms.audit.ledger import keys
from cqms.audit.ledger.merkle import BadProof, Tree, check_consistency
from cqms.audit.ledger.models import LedgerCheckpoint, LedgerQueue, LedgerTile
from cqms.audit.ledger.notes import Checkpoint, sign
from cqms.audit.ledger.tiles import MissingNode, StoredNodes, new_tiles
from cqms.organizations.models import Organization
from cqms.organizations.scope import current_organization_id, scope

AT_MOST = 50_000
"""Leaves of one batch: about 16 MB in memory."""

_log = structlog.get_logger()


class LedgerBroken(Exception):
    """The log is not the continuation of its last checkpoint; nothing more is sealed until somebody looks at it."""


def seal(organization: Organization, *, at_most: int = AT_MOST) -> list[LedgerCheckpoint]:
    """Seal everything that waits in an organization, a batch at a time; the checkpoints that were signed.

    Waits for another sealer of the same organization. Raises KeyMissing or LedgerBroken; what was sealed before
    stays sealed.
    """
    signed: list[LedgerCheckpoint] = []
    while True:
        with scope(organization):
            made = _seal_batch(organization, at_most)
        if made is None:
            return signed
        signed.append(made)


def waiting_since() -> dt.datetime | None:
    """Since when the oldest entry of all organizations waits for the sealer; None when nothing waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT guard.waiting_since()")
        return cursor.fetchone()[0]


def _seal_batch(organization: Organization, at_most: int) -> LedgerCheckpoint | None:
    if not LedgerQueue.objects.exists():
        return None
    _alone(organization)
    key, private = keys.signing_key(organization)
    first, count = _move_queue(at_most)
    if not count:
        return None
    root = _grow(first, count)
    at = timezone.now().replace(microsecond=0)
    note = sign(Checkpoint(key.name, first + count, root, at).text(), key.name, private)
    return LedgerCheckpoint.objects.create(key=key, size=first + count, root=root, note=note, sealed_at=at)


def _alone(organization: Organization) -> None:
    """Wait until no other sealer works for this organization; holds until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('cqms.ledger'), %s)", [organization.pk])


def _move_queue(at_most: int) -> tuple[int, int]:
    """Give waiting leaves their positions: the first one, and how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT first, sealed FROM guard.seal_queue(%s)", [at_most])
        first, count = cursor.fetchone()
    return first, count


def _grow(size: int, count: int) -> bytes:
    """Extend the tree by the leaves after `size`; its new root. Refuses what does not continue the last checkpoint."""
    last = LedgerCheckpoint.objects.order_by("-size").first()
    nodes = StoredNodes()
    try:
        LedgerTile.objects.bulk_create(list(new_tiles(nodes, size, nodes.hashes(0, size, size + count))))
        tree = Tree(StoredNodes(), size + count)
        root = tree.root()
        if last is not None:
            check_consistency(last.size, tree.size, bytes(last.root), root, tree.consistency(last.size))
    except (BadProof, MissingNode, IndexError) as error:
        organization = current_organization_id()
        _log.error("ledger_broken", organization=organization, size=size, problem=str(error))
        raise LedgerBroken(
            f"The log of organization {organization} does not continue its last head: run bin/manage verify_trail."
        ) from error
    return root
