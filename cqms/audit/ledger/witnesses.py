"""Checkpoints out of our hands: an append-only folder and a mailbox hold what we cannot take back.

Whoever rolls the database back, or seals it anew with a stolen key, meets what the witnesses hold. The folder should
be on another machine, or at least made append-only there (`chattr +a`). Each handover is written down, so a witness
that is away gets the newest checkpoint later.
"""

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone

from cqms.audit.ledger.models import HandoverKind, LedgerCheckpoint, LedgerHandover
from cqms.audit.ledger.selectors import newest_checkpoint
from cqms.audit.ledger.timestamps import StampRefused, is_configured, stamp
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope

_BETWEEN = "\n\n\n"

Give = Callable[[Organization, LedgerCheckpoint], bytes]
"""Gives a head away; what comes back is kept. Raises OSError or StampRefused when the witness does not take it."""

_log = structlog.get_logger()


def hand_over(organization: Organization) -> None:
    """Give the newest checkpoint to every witness that does not hold it; a witness that is away waits for the next."""
    with scope(organization):
        head = newest_checkpoint()
        if head is None:
            return
        for kind, to, give in _witnesses():
            if _is_due(head, kind, to):
                try:
                    token = give(organization, head)
                except (OSError, StampRefused) as error:
                    _log.warning("witness_away", kind=kind, to=to, error=str(error))
                    continue
                LedgerHandover.objects.create(checkpoint=head, kind=kind, to=to, token=token)


def _witnesses() -> Iterator[tuple[HandoverKind, str, Give]]:
    yield HandoverKind.FOLDER, str(settings.WITNESS_FOLDER), _to_folder
    if settings.WITNESS_MAIL:
        yield HandoverKind.MAIL, settings.WITNESS_MAIL, _to_mailbox
    if is_configured():
        yield HandoverKind.TIME_STAMP, settings.TIME_STAMP_URL, lambda _, head: stamp(head.note)


def held_in_folder(organization: Organization) -> Iterator[tuple[Path, str]]:
    """Every checkpoint of an organization that the folder holds, with its file."""
    for file in sorted(_folder(organization).glob("*.notes")):
        for note in file.read_text(encoding="utf-8").split(_BETWEEN):
            if note.strip():
                yield file, note.strip("\n") + "\n"


def given_to_folder() -> set[int]:
    """The sizes of the checkpoints that the folder of today took, as the open organization wrote down."""
    given = LedgerHandover.objects.filter(kind=HandoverKind.FOLDER, to=str(settings.WITNESS_FOLDER))
    return set(given.values_list("checkpoint__size", flat=True))


def _is_due(head: LedgerCheckpoint, kind: HandoverKind, to: str) -> bool:
    last = LedgerHandover.objects.filter(kind=kind, to=to).order_by("-pk").first()
    if last is None:
        return True
    return last.checkpoint_id != head.pk and last.at + _pause(kind) <= timezone.now()


def _pause(kind: HandoverKind) -> dt.timedelta:
    """A folder takes every head; mailboxes and authorities would be flooded."""
    minutes = {HandoverKind.MAIL: settings.WITNESS_MAIL_MINUTES, HandoverKind.TIME_STAMP: settings.TIME_STAMP_MINUTES}
    return dt.timedelta(minutes=minutes.get(kind, 0))


def _folder(organization: Organization) -> Path:
    return Path(settings.WITNESS_FOLDER) / organization.slug


def _to_folder(organization: Organization, head: LedgerCheckpoint) -> bytes:
    """Append the note to the file of its month; it is on the disk before the handover is written down."""
    folder = _folder(organization)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{head.sealed_at:%Y-%m}.notes"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
        stream.write(f"{head.note}{_BETWEEN}")
        stream.flush()
        os.fsync(stream.fileno())
    return b""


def _to_mailbox(organization: Organization, head: LedgerCheckpoint) -> bytes:
    lines = (
        f"The trail of {organization.name} had {head.size} entries at {head.sealed_at:%Y-%m-%d %H:%M:%S} UTC.",
        "Keep this mail: with it anybody can show later that no entry of that trail was changed or removed.",
        f"Key: {head.key.verifier}",
        "",
        head.note,
    )
    subject = f"Checkpoint of {organization.slug}: {head.size} entries"
    send_mail(subject, "\n".join(lines), settings.DEFAULT_FROM_EMAIL, [settings.WITNESS_MAIL])
    return b""
