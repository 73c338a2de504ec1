"""Whether two people stand behind a tombstone: asked of us by whoever verifies the trail."""

from collections.abc import Sequence

from cqms.audit.ledger.tombstones import LedgerTombstone
from cqms.audit.models import kind_of
from cqms.redactions.models import Redaction, RedactionState
from cqms.redactions.selectors import tombstones_digest
from cqms.signatures.content import verify
from cqms.signatures.models import Meaning, Signature


def doubts(tombstones: Sequence[LedgerTombstone]) -> dict[int, str]:
    """Tombstone id → what is wrong with its approval, in a sentence. Call inside a scope."""
    redactions = Redaction.objects.in_bulk({each.redaction_id for each in tombstones})
    named = {pk for each in tombstones for pk in (each.request_signature_id, each.approval_signature_id)}
    signatures = Signature.objects.in_bulk(named)
    holding = {pk for pk, signature in signatures.items() if _holds(signature, redactions)}
    complete = {pk for pk, each in redactions.items() if each.tombstones_sha256 == tombstones_digest(pk)}
    found: dict[int, str] = {}
    for each in tombstones:
        redaction = redactions.get(each.redaction_id)
        asked, approved = (signatures.get(pk) for pk in (each.request_signature_id, each.approval_signature_id))
        if redaction is None or redaction.number != each.redaction or redaction.state != RedactionState.REDACTED:
            found[each.pk] = f"There is no approved redaction {each.redaction}."
        elif not {each.request_signature_id, each.approval_signature_id} <= holding or not _by_two(asked, approved):
            found[each.pk] = f"The redaction {each.redaction} was not signed by two people."
        elif (asked.signer_id, approved.signer_id) != (redaction.owner_id, redaction.approved_by_id):  # type: ignore[union-attr]
            found[each.pk] = f"The redaction {each.redaction} names other people than its signatures."
        elif (each.asked_by, each.approved_by) != (asked.signer_name, approved.signer_name):  # type: ignore[union-attr]
            found[each.pk] = f"The tombstone names other people than the signatures of {each.redaction}."
        elif each.redaction_id not in complete:
            found[each.pk] = f"The redaction {each.redaction} covers other entries than those with its tombstones."
    return found


def _holds(signature: Signature, redactions: dict[int, Redaction]) -> bool:
    redaction = redactions.get(signature.record_id)
    return redaction is not None and signature.record_kind == kind_of(Redaction) and verify(signature, redaction).holds


def _by_two(asked: Signature | None, approved: Signature | None) -> bool:
    return (
        asked is not None
        and approved is not None
        and (asked.meaning, approved.meaning) == (Meaning.AUTHORED, Meaning.APPROVED)
        and asked.signer_id != approved.signer_id
        and asked.record_id == approved.record_id
    )
