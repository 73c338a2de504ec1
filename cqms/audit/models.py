"""What happened: events of records in an organization, and security events of a person."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit import states  # noqa: F401 – its tables belong to this app
from cqms.audit.ledger import models as ledger  # noqa: F401 – its tables belong to this app
from cqms.audit.ledger import tombstones  # noqa: F401 – the same
from cqms.history.action import current_action_id
from cqms.organizations.models import OrganizationKey, OrganizationModel


class Lane(models.TextChoices):
    """Who may know of a record at all."""

    GENERAL = "general", "General"
    UNBLINDED = "unblinded", "Unblinded"
    CONFIDENTIAL = "confidential", "Confidential"


RECLASSIFY = "reclassify"
"""The verb of moving a record to another lane."""
ONLY_READ = ("view", "download", "export")
"""The verbs of what changes nothing."""


class AuditEvent(OrganizationModel):
    """One entry of the timeline: who did what to which record, when and why (21 CFR 11.10(e), EMA 6.2.1).

    Labels are frozen as they read at the time, so later renaming never rewrites history. `subject_*` names the
    record on whose page the entry is told, `anchor_*` the study (or other anchor) that decides who may read it.
    Every save pays for each index: what is newest is read backwards from the unique one of organization and id.
    """

    append_only = True

    organization = OrganizationKey(db_index=False)
    action_id = models.UUIDField(default=current_action_id, editable=False)
    transaction_id = models.BigIntegerField(default=0, editable=False)
    at = models.DateTimeField("when", default=timezone.now, editable=False)
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="who", db_index=False
    )
    actor_name = models.CharField("who", max_length=150)
    zone = models.CharField("zone of the actor", max_length=64, blank=True)
    verb = models.CharField("what", max_length=60)
    sentence = models.CharField("in words", max_length=300)
    record_kind = models.CharField("kind of record", max_length=60)
    record_id = models.BigIntegerField()
    record_label = models.CharField("record", max_length=300)
    subject_kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    anchor_kind = models.CharField(max_length=60, blank=True)
    anchor_id = models.BigIntegerField(null=True)
    lane = models.CharField("lane", max_length=20, choices=Lane.choices, default=Lane.GENERAL)
    changes = models.JSONField("changes", default=list)
    reason = models.TextField("reason", blank=True)

    class Meta(OrganizationModel.Meta):
        indexes = [
            models.Index(fields=["organization", "subject_kind", "subject_id", "-id"], name="event_of_subject"),
            models.Index(fields=["organization", "anchor_kind", "anchor_id", "-id"], name="event_of_anchor"),
            models.Index(fields=["organization", "actor", "-id"], name="event_of_person"),
            models.Index(fields=["organization", "record_kind", "-id"], name="event_of_kind"),
            models.Index(fields=["organization", "-at", "-id"], name="event_by_moment"),
            models.Index(fields=["action_id"], name="event_of_action"),
            models.Index(fields=["organization", "-id"], condition=Q(verb=RECLASSIFY), name="event_moved_to_a_lane"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.sentence}"


class SecurityEventKind(models.TextChoices):
    """What can happen to an account before, or apart from, any organization."""

    ACCOUNT_OPENED = "account_opened", "account opened"
    ACCOUNT_CHANGED = "account_changed", "account changed"
    SIGNED_IN = "signed_in", "signed in"
    SIGN_IN_FAILED = "sign_in_failed", "wrong password at sign-in"
    SIGNATURE_FAILED = "signature_failed", "wrong password at signing"
    LOCKED = "locked", "locked after too many wrong passwords"
    REFUSED_LOCKED = "refused_locked", "tried to sign in while locked"
    SIGNED_OUT = "signed_out", "signed out"
    IDLE = "idle", "signed out after inactivity"
    PASSWORD_CHANGED = "password_changed", "password changed"
    RESET_ASKED = "reset_asked", "asked for a new password by mail"
    FACTOR_ADDED = "factor_added", "second factor added"
    FACTOR_REMOVED = "factor_removed", "second factor removed"
    FACTOR_FAILED = "factor_failed", "wrong second factor"
    CODES_MADE = "codes_made", "recovery codes made"
    CODE_USED = "code_used", "recovery code used"
    CONFIRMED = "confirmed", "confirmed who they are"
    NEW_DEVICE = "new_device", "signed in on a new device"
    SESSION_ENDED = "session_ended", "session ended from elsewhere"
    SESSION_OVER = "session_over", "signed out because the session was too long"
    ENTRY_REFUSED = "entry_refused", "kept out of an organization"
    PROVIDER_LINKED = "provider_linked", "account linked with an identity provider"
    PROVIDER_REFUSED = "provider_refused", "refused after sign-in at an identity provider"


class SecurityEvent(models.Model):
    """What happened to a person's account. Belongs to the person, not to an organization."""

    append_only = True

    at = models.DateTimeField("when", default=timezone.now, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    email = models.CharField("e-mail as typed", max_length=254)
    kind = models.CharField("what", max_length=30, choices=SecurityEventKind.choices)
    address = models.GenericIPAddressField("from", null=True)
    device = models.CharField("device", max_length=300, blank=True)
    detail = models.CharField("detail", max_length=200, blank=True)
    transaction_id = models.BigIntegerField(default=0, editable=False)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["user", "-id"], name="security_event_of_person")]

    def __str__(self) -> str:
        return f"{self.email} {self.get_kind_display()}"


def kind_of(model: type[models.Model] | models.Model) -> str:
    """The stable name of a kind of record, for example `documents.version`."""
    return model._meta.label_lower
