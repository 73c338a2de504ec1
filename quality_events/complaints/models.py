"""The complaint: who complains and how, what it is about, what was found, and what was answered."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from cqms.records.models import state_field
from quality_events.models import QualityEvent, Severity, latest_today


class ComplaintState(models.TextChoices):
    """Where a complaint stands."""

    RECEIVED = "received", "Received"
    CLASSIFIED = "classified", "Classified"
    INVESTIGATED = "investigated", "Investigated"
    REPLIED = "replied", "Replied"
    CLOSED = "closed", "Closed"
    NOT_A_COMPLAINT = "not_a_complaint", "Not a complaint"
    VOIDED = "voided", "Voided"


class Complainant(models.TextChoices):
    """Who complains; a participant is never named, their site knows them."""

    PARTICIPANT = "participant", "Participant or family"
    SITE = "site", "Site staff"
    SPONSOR = "sponsor", "Sponsor"
    PROVIDER = "provider", "Service provider"
    AUTHORITY = "authority", "Authority or ethics committee"
    OTHER = "other", "Somebody else"


class Channel(models.TextChoices):
    """How a complaint came or was answered."""

    PHONE = "phone", "Phone"
    MAIL = "mail", "E-mail"
    LETTER = "letter", "Letter"
    TALK = "talk", "In person"
    PORTAL = "portal", "Web form or portal"


class Subject(models.TextChoices):
    """What it is about."""

    CONDUCT = "conduct", "Conduct of people"
    CONSENT = "consent", "Information and consent"
    TREATMENT = "treatment", "Medication, device or procedure"
    PRODUCT = "product", "Quality of the product"
    PAYMENT = "payment", "Expenses and payment"
    PRIVACY = "privacy", "Personal data"
    SERVICE = "service", "A service or system"
    OTHER = "other", "Something else"


class Conclusion(models.TextChoices):
    """What the investigation found."""

    JUSTIFIED = "justified", "Justified"
    PARTLY = "partly", "Partly justified"
    UNJUSTIFIED = "unjustified", "Not justified"
    UNDECIDED = "undecided", "Could not be decided"


class FollowUp(models.TextChoices):
    """What is done about it besides the answer."""

    NONE = "none", "Nothing more than the answer"
    CORRECTION = "correction", "Correction"
    CAPA = "capa", "CAPA"


class Complaint(QualityEvent):
    """A complaint. `handed_over_at` is the moment from which pharmacovigilance has what concerns safety."""

    state = state_field(ComplaintState)
    complainant = models.CharField("who complains", max_length=20, choices=Complainant.choices)
    channel = models.CharField("received by", max_length=20, choices=Channel.choices)
    subject_matter = models.CharField("about", max_length=20, choices=Subject.choices)
    acknowledged_on = models.DateField("receipt confirmed on", null=True, blank=True)
    severity = models.CharField("severity", max_length=20, choices=Severity.choices, blank=True)
    safety = models.BooleanField("concerns safety", default=False)
    privacy = models.BooleanField("concerns personal data", default=False)
    handed_over_at = models.DateTimeField("handed over to pharmacovigilance", null=True, blank=True)
    handed_over_to = models.CharField("handed over to", max_length=300, blank=True)
    investigation = models.TextField("what was found", max_length=8000, blank=True)
    conclusion = models.CharField("conclusion", max_length=20, choices=Conclusion.choices, blank=True)
    follow_up = models.CharField("follow-up", max_length=20, choices=FollowUp.choices, blank=True)
    follow_up_grounds = models.TextField("what is done, and why", max_length=8000, blank=True)
    reply = models.TextField("answer", max_length=8000, blank=True)
    replied_on = models.DateField("answered on", null=True, blank=True)
    replied_by = models.CharField("answered by", max_length=20, choices=Channel.choices, blank=True)
    content = models.CharField("how the answer was taken", max_length=1000, blank=True)

    controlled_fields: ClassVar[tuple[str, ...]] = (
        *QualityEvent.controlled_fields, "complainant", "subject_matter", "severity", "safety", "handed_over_at",
        "replied_on",
    )  # fmt: skip
    signed_fields: ClassVar[tuple[str, ...]] = (
        *QualityEvent.signed_fields, "complainant", "channel", "subject_matter", "severity", "safety", "privacy",
        "handed_over_at", "handed_over_to", "investigation", "conclusion", "follow_up", "follow_up_grounds", "reply",
        "replied_on", "replied_by", "content",
    )  # fmt: skip

    class Meta(QualityEvent.Meta):
        verbose_name = "complaint"

    def clean(self) -> None:
        """Nothing is confirmed, answered or handed over before it was received, or later than now.

        Raises ValidationError beside the field.
        """
        for name, said in (("acknowledged_on", "confirmed"), ("replied_on", "answered")):
            day = getattr(self, name)
            if day is not None and day < self.discovered_on:
                raise ValidationError({name: f"It cannot be {said} before it was received."})
            if day is not None and day > latest_today():
                raise ValidationError({name: "This day has not come yet."})
        if self.handed_over_at is not None and self.handed_over_at > timezone.now():
            raise ValidationError({"handed_over_at": "This moment has not come yet."})

    @property
    def awaits_safety(self) -> bool:
        """Whether it concerns safety and pharmacovigilance does not have it yet."""
        return self.safety and self.handed_over_at is None
