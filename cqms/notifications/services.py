"""Telling people: a row with the change that causes it, mail after the commit."""

from typing import Any

from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit.models import Lane, kind_of
from cqms.jobs.broker import send_after_commit
from cqms.notifications.models import Notification
from cqms.organizations.scope import scope_cache

MAIL = "notifications.mail"


def notify(
    person: User,
    *,
    key: str,
    subject: str,
    body: str,
    path: str,
    record: Any = None,
    kind: str = "",
    stands_alone: bool = False,
    mail: bool = True,
) -> None:
    """Tell a person once; the same `key` again is silently nothing.

    `path` is the portal's, organization included (`organization.path(…)`). The lane is the record's: mail about
    anything but the general lane names nothing.
    """
    row = Notification(
        person=person,
        kind=kind or key.partition(":")[0],
        key=key,
        subject=subject[:200],
        body=body,
        path=path,
        lane=getattr(record, "lane", Lane.GENERAL),
        record_kind=kind_of(record) if record is not None else "",
        record_id=record.pk if record is not None else None,
        stands_alone=stands_alone,
        mail_due_at=timezone.now() if mail else None,
    )
    Notification.objects.bulk_create([row], ignore_conflicts=True)
    if mail and not scope_cache().get(MAIL):
        scope_cache()[MAIL] = True
        send_after_commit(MAIL)


def mark_read(person: User, *, key_prefix: str = "", record: Any = None) -> int:
    """Note that a person has seen what they were told, by the key's beginning or about a record; returns how many."""
    unread = Notification.objects.filter(person=person, read_at__isnull=True, key__startswith=key_prefix)
    if record is not None:
        unread = unread.filter(record_kind=kind_of(record), record_id=record.pk)
    return unread.update(read_at=timezone.now())
