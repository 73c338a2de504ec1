"""Tokens: how a machine, or a person with a script, proves who acts through the API."""

import hashlib
import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from cqms.accounts.models import User
from cqms.organizations.models import Organization


class ApiToken(models.Model):
    """One named token of one person in one organization. Only its SHA-256 is stored; it is shown once.

    `nouns` limits it to some kinds of records, none means all; without `may_step` it takes no step of a record's life.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("name", max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    may_write = models.BooleanField("may change records", default=False)
    may_step = models.BooleanField("may take steps", default=True)
    nouns = ArrayField(models.CharField(max_length=40), verbose_name="only", default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField("expires")
    ended_at = models.DateTimeField("ended", null=True)
    last_used_at = models.DateTimeField("last used", null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"


def new_secret() -> str:
    """A fresh token, 256 random bits; the prefix lets scanners recognise a leaked one."""
    return f"cqms_{secrets.token_urlsafe(32)}"


def digest_of(secret: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()
