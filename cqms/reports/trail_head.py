"""The sealed state of the log that an export refers to."""

from cqms.audit.ledger import keys, notes
from cqms.audit.ledger import selectors as ledger
from cqms.audit.ledger.models import HandoverKind, LedgerCheckpoint
from cqms.reports.manifestations import grouped
from cqms.reports.moments import utc_words
from cqms.reports.trail_proof import Head, TimeStamp


def head_of(checkpoint: LedgerCheckpoint) -> Head:
    """A checkpoint with what an export needs of it. Raises KeyMissing when its private key is not here."""
    key = checkpoint.key
    private = keys.private_key(key)
    return Head(
        name=key.name,
        key=str(key.verifier),
        note=checkpoint.note,
        size=checkpoint.size,
        root=bytes(checkpoint.root),
        sign=lambda text: notes.sign(text, key.name, private),
        prove=lambda positions: ledger.proof(positions, checkpoint).path,
        time_stamp=_time_stamp(checkpoint),
    )


def seal_in_words(checkpoint: LedgerCheckpoint) -> tuple[tuple[str, str], ...]:
    """What the first page says of the seal: when, how much, which key, and who else says so."""
    stamp = _time_stamp(checkpoint)
    return (
        ("Sealed", f"{utc_words(checkpoint.sealed_at)}, when the log had {checkpoint.size:,} entries"),
        ("Root of the log", grouped(bytes(checkpoint.root).hex())),
        ("Key fingerprint", grouped(checkpoint.key.verifier.fingerprint)),
        ("Time stamp", f"from {stamp.authority}, attached" if stamp else "none from outside"),
    )


def _time_stamp(checkpoint: LedgerCheckpoint) -> TimeStamp | None:
    for handover in ledger.handovers_of(checkpoint):
        if handover.kind == HandoverKind.TIME_STAMP and handover.token:
            return TimeStamp(handover.to, bytes(handover.token))
    return None
