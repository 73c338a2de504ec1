"""Sessions and devices of a person. Second factors themselves are allauth's authenticators."""

from django.db import models
from django.utils import timezone

from cqms.accounts.models import User


class SignedInSession(models.Model):
    """A browser in which a person is signed in: where it began, and when it was last seen.

    `key` is the key of Django's session; the row goes when that session ends.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=40, unique=True)
    address = models.GenericIPAddressField("from", null=True)
    device = models.CharField("device", max_length=300, blank=True)
    began_at = models.DateTimeField("since", default=timezone.now, editable=False)
    seen_at = models.DateTimeField("last use", default=timezone.now)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["user", "-seen_at"], name="session_of_person")]

    def __str__(self) -> str:
        return f"{self.user} on {self.device or 'an unknown device'}"


class KnownDevice(models.Model):
    """A browser that a person signed in with before; it holds a random cookie of which only the SHA-256 is here."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    device = models.CharField(max_length=300, blank=True)
    first_seen_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="device_once_a_person")]

    def __str__(self) -> str:
        return f"{self.device} of {self.user}"
