"""Telling people: a row with the change that causes it, mail after the commit."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit.models import Lane, kind_of
from cqms.audit.services import lane_of
from cqms.jobs.broker import send_after_commit
from cqms.notifications.models import Notification
from cqms.organizations.scope import scope_cache

MAIL = "notifications.mail"


@dataclass(frozen=True)
class Message:
    """What a person is told: `key` makes it once, `path` is the portal's, organization included.

    `kind` is the key's beginning unless given. `stands_alone` says that no other row of the Inbox says the same;
    `mail` that it is also sent. While the record is in a closed lane, the mail says `closed_body`
    under the same subject, so neither may name it; without one it says that something waits.
    """

    key: str
    subject: str
    body: str
    path: str
    kind: str = ""
    stands_alone: bool = False
    mail: bool = True
    closed_body: str = ""


def notify(person: User, message: Message, *, record: Any = None) -> None:
    """Tell a person once; a message with the same key again is silently nothing.

    The lane is the record's: mail about anything but the general lane names nothing.
    """
    row = Notification(
        person=person,
        kind=message.kind or message.key.partition(":")[0],
        key=message.key,
        subject=message.subject[:200],
        body=message.body,
        closed_body=message.closed_body,
        path=message.path,
        lane=lane_of(record) if record is not None else Lane.GENERAL,
        record_kind=kind_of(record) if record is not None else "",
        record_id=record.pk if record is not None else None,
        stands_alone=message.stands_alone,
        mail_due_at=timezone.now() if message.mail else None,
    )
    Notification.objects.bulk_create([row], ignore_conflicts=True)
    if message.mail and not scope_cache().get(MAIL):
        scope_cache()[MAIL] = True
        send_after_commit(MAIL)


def mark_read(person: User, *, key_prefix: str = "", record: Any = None) -> int:
    """Note that a person has seen what they were told, by the key's beginning or about a record; returns how many."""
    unread = Notification.objects.filter(person=person, read_at__isnull=True, key__startswith=key_prefix)
    if record is not None:
        unread = unread.filter(record_kind=kind_of(record), record_id=record.pk)
    return unread.update(read_at=timezone.now())
