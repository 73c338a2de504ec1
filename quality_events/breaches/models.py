"""The serious breach, what the authority is told of it, and each notification as it was sent."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from cqms.accounts.models import User, check_zone
from cqms.organizations.models import OrganizationModel
from cqms.records.models import state_field
from quality_events.breaches.assessment import QUESTIONS, Answer
from quality_events.models import QualityEvent


class BreachState(models.TextChoices):
    """Where a serious breach stands."""

    SUSPECTED = "suspected", "Suspected"
    ASSESSING = "assessing", "Assessing"
    CONFIRMED = "confirmed", "Confirmed"
    DRAFTED = "drafted", "Notification drafted"
    NOTIFIED = "notified", "Notified (initial)"
    FOLLOW_UP = "follow_up", "Follow-up"
    FINAL = "final", "Final report"
    QUESTIONS = "questions", "Authority questions"
    CAPA_LINKED = "capa_linked", "CAPA linked"
    CLOSED = "closed", "Closed"
    NOT_SERIOUS = "not_serious", "Not serious"
    VOIDED = "voided", "Voided"


class ClockFrom(models.TextChoices):
    """From which awareness the clock runs. Anything but the earliest needs the signature of the head of quality."""

    EARLIEST = "earliest", "The earliest awareness"
    SPONSOR = "sponsor", "When the sponsor or who notifies for it was aware"
    CONFIRMED = "confirmed", "When it was confirmed"


class Investigation(models.TextChoices):
    """How far the investigation is."""

    ONGOING = "ongoing", "Ongoing"
    COMPLETED = "completed", "Completed"


class Commercial(models.TextChoices):
    """Who runs the trial."""

    YES = "commercial", "Commercial"
    NO = "non_commercial", "Non-commercial"


def _answer(label: str) -> Any:
    return models.CharField(label, max_length=10, choices=Answer.choices, blank=True)


_ASKED = {each.key: each.words for each in QUESTIONS}


class SeriousBreach(QualityEvent):
    """A suspected or confirmed serious breach.

    `aware_at` in `zone` is when the sponsor, or who notifies for it, had reasonable grounds; `first_aware_at` when the
    first person in the chain it delegated to had; `site_aware_at` when the investigator had, who does not act for the
    sponsor. `confirmed_at` is set with the last signature of the assessment. `jurisdictions` are keys of the table of
    duties, as it stood in version `duties_version` of the settings.
    """

    state = state_field(BreachState)
    jurisdictions = models.JSONField("places", default=list)
    duties_version = models.PositiveIntegerField(default=0, editable=False)
    sponsor_zone = models.CharField("time zone of the sponsor", max_length=64, default="UTC", validators=[check_zone])
    aware_by = models.CharField("who of the sponsor was aware", max_length=200, blank=True)
    aware_evidence = models.CharField("evidence of the sponsor's awareness", max_length=500, blank=True)
    first_aware_at = models.DateTimeField("first person aware", null=True, blank=True)
    first_aware_zone = models.CharField("zone of the first person", max_length=64, blank=True)
    first_aware_by = models.CharField("first person aware was", max_length=200, blank=True)
    first_aware_evidence = models.CharField("evidence of the first awareness", max_length=500, blank=True)
    site_aware_at = models.DateTimeField("investigator aware", null=True, blank=True)
    confirmed_at = models.DateTimeField("confirmed serious", null=True, editable=False)
    clock_from = models.CharField("clock runs from", max_length=20, choices=ClockFrom.choices, default="earliest")
    clock_rationale = models.TextField("why the clock starts later", max_length=4000, blank=True)

    departs, in_scope = _answer(_ASKED["departs"]), _answer(_ASKED["in_scope"])
    safety, rights = _answer(_ASKED["safety"]), _answer(_ASKED["rights"])
    reliability = _answer(_ASKED["reliability"])
    systematic = _answer(_ASKED["systematic"])
    assessment_version = models.PositiveIntegerField("version of the questions", default=0, editable=False)
    rationale = models.TextField("rationale of the assessment", max_length=8000, blank=True)

    investigation = models.CharField("investigation", max_length=20, choices=Investigation.choices, blank=True)
    next_follow_up_on = models.DateField("next follow-up on", null=True, blank=True)
    trial_title = models.CharField("title of the trial", max_length=500, blank=True)
    trial_number = models.CharField("trial number of the authority", max_length=60, blank=True)
    commercial = models.CharField("commercial or not", max_length=20, choices=Commercial.choices, blank=True)
    in_procedure = models.CharField("regulatory procedure that uses the data", max_length=500, blank=True)
    other_trials = models.CharField("other trials affected", max_length=500, blank=True)
    site_contact = models.CharField("site and its contact", max_length=500, blank=True)
    most_affected = models.CharField("member state most affected", max_length=200, blank=True)
    requirement = models.TextField("requirement breached", max_length=2000, blank=True)
    impact_participants = models.TextField("impact on participants", max_length=4000, blank=True)
    impact_data = models.TextField("impact on data", max_length=4000, blank=True)
    actions_taken = models.TextField("actions taken and planned", max_length=4000, blank=True)
    root_cause = models.TextField("root cause", max_length=4000, blank=True)
    parties = models.TextField("parties involved", max_length=2000, blank=True)
    redaction_checked = models.BooleanField("what may be published was checked", default=False)

    notified_at = models.DateTimeField("first notified", null=True, blank=True)
    channel = models.CharField("sent by", max_length=200, blank=True)
    receipt = models.CharField("reference of the authority", max_length=200, blank=True)
    authority_questions = models.TextField("questions of the authority", max_length=8000, blank=True)
    authority_answers = models.TextField("answers to the authority", max_length=8000, blank=True)
    capa_reference = models.CharField("CAPA", max_length=200, blank=True)

    controlled_fields: ClassVar[tuple[str, ...]] = (
        *QualityEvent.controlled_fields, "first_aware_at", "first_aware_zone", "site_aware_at", "sponsor_zone",
        "jurisdictions",
    )  # fmt: skip
    signed_fields: ClassVar[tuple[str, ...]] = (
        *QualityEvent.signed_fields, "jurisdictions", "sponsor_zone", "aware_by", "aware_evidence", "first_aware_at",
        "first_aware_zone", "first_aware_by", "first_aware_evidence", "site_aware_at", "clock_from", "clock_rationale",
        *_ASKED, "assessment_version", "rationale",
    )  # fmt: skip

    class Meta(QualityEvent.Meta):
        verbose_name = "serious breach"
        verbose_name_plural = "serious breaches"

    def answers(self) -> dict[str, str]:
        """The answers to the questions of the assessment, by key."""
        return {each.key: getattr(self, each.key) for each in QUESTIONS}


class SentKind(models.TextChoices):
    """Which notification it was."""

    INITIAL = "initial", "Initial notification"
    FOLLOW_UP = "follow_up", "Follow-up"
    FINAL = "final", "Final report"


class SentNotification(OrganizationModel):
    """A notification as it was sent: its text with its hash, when, by whom, by which way, and the reference received.

    `sheet` holds the fields in the authority's order; `sha256` is over its canonical JSON. Rows are never changed.
    """

    append_only = True

    breach = models.ForeignKey(SeriousBreach, on_delete=models.PROTECT, related_name="sent")
    kind = models.CharField(max_length=20, choices=SentKind.choices)
    version = models.PositiveIntegerField()
    sheet = models.JSONField()
    sha256 = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=200)
    receipt = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "breach", "version"], name="notification_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.version}"
