"""Mail for what people were told, at least once.

A worker that dies between the mail server's yes and the commit lets another send again, with the same Message-ID, by
which mail programs recognize the double.
"""

import datetime as dt
import smtplib
from contextlib import closing
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import timezone

from cqms.audit.models import Lane
from cqms.notifications.models import Notification
from cqms.notifications.selectors import still_exists
from cqms.organizations.models import Membership, Organization
from cqms.organizations.scope import scope

_FIRST_WAIT = dt.timedelta(minutes=1)
_LONGEST_WAIT = dt.timedelta(hours=6)
_NEUTRAL_SUBJECT = "A record waits for you"
_NEUTRAL_BODY = "Something in the portal needs your attention. Sign in to read what it is."

_log = structlog.get_logger()


def mail_all(organization: Organization) -> int:
    """Mail what is due in an organization, each in a transaction of its own; how many left. Several at once share.

    The mail server is called for the first of them: beat asks every few seconds, and mostly nothing is due.
    """
    sent = 0
    with closing(get_connection()) as server:
        while (outcome := _mail_next(organization, server)) is not None:
            sent += outcome
    return sent


def message_of(notification: Notification, server: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """The mail: plain words, one button, nothing about a record that is not for everybody."""
    subject, body = _words_of(notification)
    words = {
        "person": notification.person,
        "organization": notification.organization,
        "body": body,
        "address": f"{settings.SITE_URL}{notification.path}",
    }
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=render_to_string("emails/notification.txt", words),
        to=[notification.person.email],
        connection=server,
        headers={"Message-ID": message_id(notification), "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("emails/notification.html", words), "text/html")
    return message


def _words_of(notification: Notification) -> tuple[str, str]:
    """Subject and body; where the record is not for everybody those that name nothing."""
    if notification.lane == Lane.GENERAL:
        return notification.subject, notification.body
    if notification.closed_body:
        return notification.subject, notification.closed_body
    return _NEUTRAL_SUBJECT, _NEUTRAL_BODY


def message_id(notification: Notification) -> str:
    """The same for every attempt at one notification."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"<notification-{notification.organization_id}-{notification.pk}@{host}>"


def _mail_next(organization: Organization, server: BaseEmailBackend) -> int | None:
    """Mail the next one: 1 when it left, 0 when it did not, None when nothing is due."""
    with scope(organization):
        due = Notification.objects.filter(mail_due_at__lte=timezone.now()).order_by("mail_due_at", "id")
        rows = due.select_related("person", "organization").select_for_update(of=("self",), skip_locked=True)
        notification = rows.first()
        if notification is None:
            return None
        if not _still_belongs(notification):
            notification.mail_due_at = None
            notification.save(update_fields=["mail_due_at"])
            return 0
        return _send(notification, server)


def _send(notification: Notification, server: BaseEmailBackend) -> int:
    notification.mail_attempts = min(notification.mail_attempts + 1, 1000)
    try:
        server.open()
        message_of(notification, server).send()
    except (smtplib.SMTPException, OSError) as error:
        server.close()
        _log.warning("mail_failed", notification=notification.pk, attempt=notification.mail_attempts, error=repr(error))
        notification.mail_due_at = timezone.now() + _wait_after(notification.mail_attempts)
        notification.save(update_fields=["mail_attempts", "mail_due_at"])
        return 0
    notification.mailed_at, notification.mail_due_at = timezone.now(), None
    notification.save(update_fields=["mail_attempts", "mailed_at", "mail_due_at"])
    return 1


def _wait_after(attempts: int) -> dt.timedelta:
    return min(_FIRST_WAIT * 2 ** min(attempts - 1, 10), _LONGEST_WAIT)


def _still_belongs(notification: Notification) -> bool:
    member = Membership.objects.filter(user=notification.person).first()
    is_member = notification.person.is_active and member is not None and member.is_current()
    return is_member and still_exists(notification, notification.person)
