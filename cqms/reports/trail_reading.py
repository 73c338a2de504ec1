"""The entries of one export: fixed at the start, each compared with what was sealed, read in order, each once."""

from collections.abc import Iterator, Sequence

from django.db.models import Count, Exists, Max, OuterRef, QuerySet

from cqms.accounts.models import User
from cqms.audit.ledger import selectors as ledger
from cqms.audit.ledger.merkle import leaf_hash
from cqms.audit.ledger.models import LedgerCheckpoint, LedgerLeaf
from cqms.audit.ledger.rows import Sources
from cqms.audit.ledger.tombstones import LedgerTombstone
from cqms.audit.models import AuditEvent
from cqms.audit.refusals import WrongState
from cqms.organizations.capabilities import Capability
from cqms.records.story import Told, seen_by, with_signatures
from cqms.reports.manifestations import SignatureBlock
from cqms.reports.trail_entries import Change, TrailEntry
from cqms.reports.trail_export_words import Asked
from cqms.reports.trail_proof import Sealed
from cqms.signatures.models import Signature

_AT_ONCE = 2000

Proven = tuple[TrailEntry, tuple[Sealed, ...]]
"""An entry as people read it, and the sealed rows it comes from: the event, the signature, or both."""

_Row = AuditEvent | Signature | LedgerTombstone


class Reading:
    """What of a selection is sealed under the newest checkpoint and may be seen by who exports it."""

    def __init__(self, asked: Asked, actor: User) -> None:
        """Raises WrongState while nothing at all is sealed."""
        self.asked, self.actor = asked, actor
        self.checkpoint = _newest()
        self.rows = self._visible(asked.selection().events())
        facts = self.rows.aggregate(count=Count("pk"), last=Max("pk"))
        self.count, self.last = facts["count"], facts["last"] or 0
        self.lanes: set[str] = set()
        self.reaches: set[tuple[str, int | None]] = set()

    def count_in_all(self) -> int:
        """How many entries there would be without period, person and kind."""
        return self._visible(self.asked.everything().events()).count()

    def entries(self) -> Iterator[Proven]:
        """The entries, oldest first; in memory are 2,000 of them at most.

        Raises WrongState for an entry that is not what was sealed.
        """
        after, printed = 0, set[int]()
        while chunk := list(self.rows.filter(pk__gt=after).order_by("pk")[:_AT_ONCE]):
            after = chunk[-1].pk
            told = with_signatures(chunk)
            for each in told:
                self.lanes.add(each.event.lane)
                self.reaches.add((each.event.anchor_kind, each.event.anchor_id))
            events = self._sealed(chunk)
            signatures = self._sealed([signature for each in told for signature in each.signatures])
            for each in told:
                yield from self._lines(each, events, signatures, printed)
            printed = {signature.pk for each in told for signature in each.signatures}

    def _visible(self, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        layouts = [layout.id for layout in Sources().named(AuditEvent._meta.db_table)]
        leaf = LedgerLeaf.objects.filter(
            organization=OuterRef("organization"),
            row_id=OuterRef("pk"),
            layout__in=layouts,
            position__lt=self.checkpoint.size,
        )
        return seen_by(self.actor, events, Capability.INSPECT).filter(Exists(leaf))

    def _sealed(
        self, rows: Sequence[AuditEvent] | Sequence[Signature] | Sequence[LedgerTombstone]
    ) -> dict[int, Sealed]:
        """Row id → how it stands in the log."""
        leaves = ledger.leaves_of(rows)
        payloads = ledger.payloads(leaves.values())
        found = {}
        for row in rows:
            leaf = leaves.get(row.pk)
            if leaf is None or leaf.position >= self.checkpoint.size:
                raise WrongState("Entries are being sealed at this moment. Try again in a minute.")
            payload, vouchers = payloads[leaf.pk], tuple[Sealed, ...]()
            if leaf_hash(payload) != bytes(leaf.hash):
                payload, vouchers = self._redacted(row, leaf)
            found[row.pk] = Sealed(leaf.position, bytes(leaf.hash).hex(), payload.decode(), vouchers)
        return found

    def _redacted(self, row: _Row, leaf: LedgerLeaf) -> tuple[bytes, tuple[Sealed, ...]]:
        """What a redacted row reads since, and what vouches for that. Raises WrongState for one that was changed."""
        found = ledger.redacted(row, leaf)
        if found is None:
            raise WrongState(_not_as_sealed(row))
        tombstone, payload = found
        signed = (tombstone.request_signature_id, tombstone.approval_signature_id)
        signatures = self._sealed(list(Signature.objects.filter(pk__in=signed)))
        return payload, (self._sealed([tombstone])[tombstone.pk], *(signatures[pk] for pk in signed))

    def _lines(
        self, told: Told, events: dict[int, Sealed], signatures: dict[int, Sealed], printed: set[int]
    ) -> Iterator[Proven]:
        """The entry, and one more for each further signature of the same act; none that the chunk before printed."""
        given = [each for each in told.signatures if each.pk not in printed]
        rows = (events[told.event.pk], *(signatures[each.pk] for each in given[:1]))
        yield self._line(told.event, given[0] if given else None, rows), rows
        for signature in given[1:]:
            alone = (signatures[signature.pk],)
            yield self._line(told.event, signature, alone), alone

    def _line(self, event: AuditEvent, signature: Signature | None, sealed: Sequence[Sealed]) -> TrailEntry:
        return TrailEntry(
            number=event.pk,
            at=event.at,
            zone=event.zone or self.asked.organization.zone,
            actor=event.actor_name,
            role="",
            verb=event.sentence,
            record=event.record_label,
            changes=tuple(Change(row["label"], row["old"], row["new"]) for row in event.changes),
            reason=event.reason,
            signature=_block(signature) if signature else None,
            action=str(event.action_id),
            positions=tuple(each.position for each in sealed),
        )


def _newest() -> LedgerCheckpoint:
    checkpoint = ledger.newest_checkpoint()
    if checkpoint is None:
        raise WrongState("Nothing is sealed yet, so nothing can be proven. Try again in a minute.")
    return checkpoint


def _not_as_sealed(row: _Row) -> str:
    return (
        f"Nothing was exported: {row._meta.verbose_name} {row.pk} is not what was sealed, so somebody changed the "
        "trail behind the portal. Tell your administrator, who runs bin/manage verify_trail."
    )


def _block(signature: Signature) -> SignatureBlock:
    return SignatureBlock(
        name=signature.signer_name,
        meaning=signature.statement,
        at=signature.signed_at,
        zone=signature.zone,
        method=signature.get_method_display(),
        digest=signature.content_hash,
        role=signature.capacity,
    )
