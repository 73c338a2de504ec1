"""Signatures and the acceptance that they bind."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from cqms.accounts.models import User
from cqms.history.action import current_action_id
from cqms.organizations.models import OrganizationModel


class Meaning(models.TextChoices):
    """What a signature says (21 CFR 11.50(a)(3)). A closed vocabulary, so that lists can be compared."""

    AUTHORED = "authored", "Authored"
    REVIEWED = "reviewed", "Reviewed"
    APPROVED = "approved", "Approved"
    QA_APPROVED = "qa_approved", "QA-approved"
    VERIFIED = "verified", "Verified"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    ACCEPTED = "accepted", "Accepted"
    DELEGATED = "delegated", "Delegated"
    AUTHORISED = "authorised", "Authorised"
    CLOSED = "closed", "Closed"
    REJECTED = "rejected", "Rejected"

    @property
    def in_sentence(self) -> str:
        """The meaning inside a sentence: "approved", "QA-approved"."""
        return self.label if self.label[:2].isupper() else self.label.lower()


STATEMENTS: dict[str, str] = {
    Meaning.AUTHORED: "I wrote {record} and submit it as complete.",
    Meaning.REVIEWED: "I have reviewed {record} and have no open objection.",
    Meaning.APPROVED: "I approve {record} in the content shown to me.",
    Meaning.QA_APPROVED: "For quality assurance I approve {record} in the content shown to me.",
    Meaning.VERIFIED: "I have verified {record} against its evidence.",
    Meaning.ACKNOWLEDGED: "I have read and understood {record}.",
    Meaning.ACCEPTED: "I accept {record}.",
    Meaning.DELEGATED: "I delegate {record} as described.",
    Meaning.AUTHORISED: "I authorise {record}.",
    Meaning.CLOSED: "I close {record}; nothing that belongs to it is open.",
    Meaning.REJECTED: "I reject {record} for the reason I gave.",
}

BINDING_STATEMENT = (
    "My electronic signatures in this portal are the legally binding equivalent of my handwritten signature, "
    "and I keep my password to myself."
)


class Acceptance(OrganizationModel):
    """That a person accepted their electronic signatures as binding, once per organization (21 CFR 11.100(c))."""

    append_only = True

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=150)
    statement = models.TextField()
    accepted_at = models.DateTimeField(default=timezone.now, editable=False)
    action_id = models.UUIDField(default=current_action_id, editable=False)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "person"], name="acceptance_once")]

    def __str__(self) -> str:
        return f"{self.person_name} accepted electronic signatures as binding"


class Signature(OrganizationModel):
    """One signature. `content` is the canonical text that was hashed, so that later changes can be named."""

    append_only = True

    METHODS: ClassVar[dict[str, str]] = {
        "email+password": "e-mail and password",
        "password": "password, within 15 minutes of the last signature in this session",
        "email+password+code": "e-mail, password and a code of the authenticator app",
        "password+code": "password and a code of the authenticator app, within 15 minutes of the last signature",
        "provider": "sign-in anew at the organization's provider for this signature; its token is kept",
        "provider+code": "the same, and a code of the authenticator app",
        "passkey": "passkey that verified its owner; its assertion is kept",
    }

    signer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signer_name = models.CharField("printed name", max_length=150)
    meaning = models.CharField("meaning", max_length=20, choices=Meaning.choices)
    statement = models.CharField("statement", max_length=500)
    capacity = models.CharField("signed as", max_length=100, blank=True)
    reason = models.TextField("reason", blank=True)
    signed_at = models.DateTimeField("signed", default=timezone.now, editable=False)
    zone = models.CharField("zone of the signer", max_length=64)
    method = models.CharField("method", max_length=20, choices=list(METHODS.items()))
    proof = models.JSONField("kept proof", default=dict, blank=True)
    record_kind = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    record_label = models.CharField(max_length=300)
    revision = models.PositiveIntegerField("record revision")
    content = models.TextField("signed content")
    content_hash = models.CharField("SHA-256 of the signed content", max_length=64)
    action_id = models.UUIDField(default=current_action_id, editable=False)

    class Meta(OrganizationModel.Meta):
        indexes = [models.Index(fields=["organization", "record_kind", "record_id", "id"], name="signature_of_record")]

    def __str__(self) -> str:
        return f"{self.signer_name}: {self.get_meaning_display()}"
