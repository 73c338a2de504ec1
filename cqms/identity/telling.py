"""A change of what proves an identity is told three times: in the account's history, in each organization, by mail."""

import smtplib
from functools import partial

import structlog
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import SecurityEventKind
from cqms.identity.where import Where
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.organizations.selectors import memberships_of

_log = structlog.get_logger()


def tell(person: User, kind: SecurityEventKind, sentence: str, *, place: Where, detail: str = "") -> None:
    """Write it down everywhere and mail it. `sentence` continues the person's name: "added a passkey"."""
    with transaction.atomic():
        audit.note_security(kind, user=person, address=place.address, device=place.device, detail=detail)
        for membership in memberships_of(person):
            with scope(membership.organization):
                row = Membership.objects.get(pk=membership.pk)
                audit.append(row, actor=person, verb="prove identity", sentence=sentence)
    mail(person, f"{sentence[:1].upper()}{sentence[1:]}", place)


def mail(person: User, subject: str, place: Where) -> None:
    """Mail after the commit what happened to an account, when and from where. A mail server that fails is logged."""
    words = {"person": person, "what": subject, "at": timezone.now(), "place": place}
    message = EmailMultiAlternatives(
        subject=f"Your account: {subject[:1].lower()}{subject[1:]}",
        body=render_to_string("emails/account_changed.txt", words),
        to=[person.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("emails/account_changed.html", words), "text/html")
    transaction.on_commit(partial(_send, message))


def _send(message: EmailMultiAlternatives) -> None:
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        _log.warning("mail_failed", subject=message.subject, error=repr(error))
