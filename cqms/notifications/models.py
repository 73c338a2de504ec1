"""What people are told, once each."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit.models import Lane
from cqms.organizations.models import OrganizationModel


class Notification(OrganizationModel):
    """One thing told to one person: on screen, and by mail once `mail_due_at` has come.

    `key` says what it is about, so that nobody is told twice. `stands_alone` keeps it in the Inbox until it is read;
    the others only announce a row that the Inbox shows anyway. While the record is in a closed lane, `closed_body` is
    mailed instead of `body`. `path` leads to the page, organization included.
    """

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    closed_body = models.TextField(blank=True)
    path = models.CharField(max_length=500)
    lane = models.CharField(max_length=20, choices=Lane.choices, default=Lane.GENERAL)
    record_kind = models.CharField(max_length=60, blank=True)
    record_id = models.BigIntegerField(null=True)
    stands_alone = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True)
    mail_due_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "person", "key"], name="notification_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "mail_due_at"],
                condition=Q(mail_due_at__isnull=False),
                name="notification_to_mail",
            ),
            models.Index(
                fields=["organization", "person", "-at"],
                condition=Q(read_at__isnull=True),
                name="notification_unread",
            ),
        ]

    def __str__(self) -> str:
        return self.subject
