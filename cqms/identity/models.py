"""Sessions and devices of a person, and the provider of an organization. Second factors are allauth's rows."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from cqms.accounts.models import User
from cqms.organizations.models import Organization, OrganizationModel, TrackedModel


class SignedInSession(models.Model):
    """A browser in which a person is signed in: where it began, and when it was last seen.

    `key` is the key of Django's session; the row goes when that session ends. `opened_through` is the organization
    whose provider let the person in, if one did: the session ends when that provider is used no longer.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=40, unique=True)
    address = models.GenericIPAddressField("from", null=True)
    device = models.CharField("device", max_length=300, blank=True)
    began_at = models.DateTimeField("since", default=timezone.now, editable=False)
    seen_at = models.DateTimeField("last use", default=timezone.now)
    opened_through = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="through the provider of"
    )

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


class IdentityProvider(TrackedModel):
    """The OpenID provider at which the people of an organization sign in; one for each organization.

    `rules` map claims to roles, one a line: `groups = quality → qa`. `domains` are those of the work e-mails that the
    provider may speak for. The client's secret is stored sealed and told nowhere.
    """

    name = models.CharField("name", max_length=80)
    issuer = models.URLField("issuer", max_length=300)
    client_id = models.CharField("client id", max_length=200)
    sealed_secret = models.TextField()
    domains = models.JSONField("domains of work e-mails", default=list)
    rules = models.JSONField("roles by claim", default=list)
    is_open = models.BooleanField("used for sign-in", default=True)

    trail_ignores: ClassVar[tuple[str, ...]] = ("sealed_secret",)
    controlled_fields: ClassVar[tuple[str, ...]] = ("issuer", "client_id", "domains", "rules", "is_open")

    class Meta(TrackedModel.Meta):
        verbose_name = "identity provider"
        constraints = [models.UniqueConstraint(fields=["organization"], name="provider_once")]

    def __str__(self) -> str:
        return f"Sign-in with {self.name}"


class ProviderIdentity(OrganizationModel):
    """That the provider of an organization knows a person under this subject; the subject is never given away.

    It counts while the provider has the same `issuer`: another one would be free to name anybody by these subjects.
    """

    provider = models.ForeignKey(IdentityProvider, on_delete=models.PROTECT, related_name="+")
    issuer = models.CharField(max_length=300, default="")
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    linked_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "provider", "issuer", "subject"], name="subject_once"),
            models.UniqueConstraint(fields=["organization", "provider", "user"], name="identity_once_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.provider.name}"
