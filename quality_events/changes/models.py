"""The change: what is changed and why, whom it touches, how it is done and undone, and what was signed on the way."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from cqms.accounts.models import User
from cqms.organizations.models import TrackedModel
from cqms.organizations.scope import today
from cqms.records.models import StatefulModel, state_field
from quality_events.models import EventRecord, latest_today


class ChangeState(models.TextChoices):
    """Where a change stands."""

    REQUESTED = "requested", "Requested"
    SCREENED = "screened", "Screened"
    ASSESSMENT = "assessment", "Impact assessment"
    APPROVED = "approved", "Approved"
    IMPLEMENTING = "implementing", "Implementing"
    VERIFICATION = "verification", "Verification"
    VERIFIED = "verified", "Verified"
    RELEASED = "released", "Released"
    REVIEW = "review", "Post-implementation review"
    CLOSED = "closed", "Closed"
    EMERGENCY = "emergency", "Emergency, not approved yet"
    OUTSIDE = "outside", "Not GxP-relevant"
    REJECTED = "rejected", "Rejected"
    CANCELLED = "cancelled", "Cancelled"
    VOIDED = "voided", "Voided"


class ChangeKind(models.TextChoices):
    """What is changed."""

    PROCESS = "process", "Process"
    SYSTEM = "system", "Computerised system"
    VENDOR = "vendor", "Service provider"
    STUDY = "study", "Study design or plan"
    ORGANISATION = "organisation", "Organisation"
    PREMISES = "premises", "Premises"


class Regulatory(models.TextChoices):
    """What authority and ethics committee have to do with it."""

    NONE = "none", "Nothing"
    NOTIFICATION = "notification", "They are notified"
    APPROVAL = "approval", "They approve it first (substantial modification)"


class RiskClass(models.TextChoices):
    """How much depends on the system that is changed."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class Function(models.TextChoices):
    """Who is asked what the change does to their part."""

    VALIDATION = "validation", "Validation"
    DOCUMENTS = "documents", "Documents"
    TRAINING = "training", "Training"
    REGULATORY = "regulatory", "Authorities and ethics"
    STUDIES = "studies", "Studies in flight"
    DATA = "data", "Data"
    BLINDING = "blinding", "Blinding"
    TMF = "tmf", "Trial master file"
    VENDORS = "vendors", "Service providers"
    PRIVACY = "privacy", "Personal data"


class Verdict(models.TextChoices):
    """What the change does to a function."""

    NONE = "none", "No impact"
    IMPACT = "impact", "Impact, with measures"
    NOT_ACCEPTABLE = "not_acceptable", "Not acceptable like this"


class AssessmentState(models.TextChoices):
    """Where the assessment of a function stands."""

    ASKED = "asked", "Asked"
    REVIEWED = "reviewed", "Reviewed"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Outcome(models.TextChoices):
    """What the look back found."""

    REACHED = "reached", "It does what it was made for"
    PARTLY = "partly", "In part"
    FAILED = "failed", "It does not"


class StageKind(models.TextChoices):
    """What is signed as a whole."""

    PLAN = "plan", "Plan"
    IMPLEMENTATION = "implementation", "Implementation"


class ChangeControl(EventRecord):
    """A change. Its `owner` carries it through; `system_owner` answers for what is changed, and releases it.

    `opened_on` is the day on which it was requested; charts count by it.
    """

    state = state_field(ChangeState)
    opened_on = models.DateField("requested on", default=today, editable=False)
    subject_matter = models.CharField("what is changed", max_length=300)
    justification = models.TextField("why it is needed", max_length=8000)
    kind = models.CharField("type", max_length=20, choices=ChangeKind.choices)
    emergency = models.BooleanField("emergency", default=False)
    temporary = models.BooleanField("temporary", default=False)
    expires_on = models.DateField("ends on", null=True, blank=True)
    gxp_grounds = models.TextField("why it is GxP-relevant", max_length=4000, blank=True)
    system_owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="owner of what is changed"
    )
    regulatory = models.CharField("authorities and ethics", max_length=20, choices=Regulatory.choices, blank=True)
    unconcerned = models.TextField("why other functions are not asked", max_length=4000, blank=True)
    approach = models.TextField("how it is done", max_length=8000, blank=True)
    risk_class = models.CharField("risk class", max_length=20, choices=RiskClass.choices, blank=True)
    regression_scope = models.TextField("what is tested again", max_length=8000, blank=True)
    rollback_plan = models.TextField("how it is undone", max_length=8000, blank=True)
    result = models.TextField("what was done", max_length=8000, blank=True)
    config_diff = models.TextField("difference of the configuration", max_length=8000, blank=True)
    regulatory_reference = models.CharField("reference of authority and ethics", max_length=300, blank=True)
    regulatory_on = models.DateField("approved or notified on", null=True, blank=True)
    training_evidence = models.CharField("evidence of training", max_length=1000, blank=True)
    outcome = models.CharField("outcome", max_length=20, choices=Outcome.choices, blank=True)
    review = models.TextField("post-implementation review", max_length=8000, blank=True)
    reversed_on = models.DateField("undone on", null=True, blank=True)
    reversal_evidence = models.CharField("evidence that it was undone", max_length=1000, blank=True)

    trail_ignores: ClassVar[tuple[str, ...]] = (*EventRecord.trail_ignores, "opened_on")
    controlled_fields: ClassVar[tuple[str, ...]] = (
        *EventRecord.controlled_fields, "kind", "emergency", "temporary", "expires_on", "system_owner", "regulatory",
    )  # fmt: skip
    signed_fields: ClassVar[tuple[str, ...]] = (
        *EventRecord.signed_fields, "subject_matter", "justification", "kind", "emergency", "temporary", "expires_on",
        "regulatory", "outcome", "review", "reversed_on", "reversal_evidence",
    )  # fmt: skip

    class Meta(EventRecord.Meta):
        verbose_name = "change"

    def clean(self) -> None:
        """A temporary change has an end; what is written down as done has been. Raises ValidationError at the field."""
        if self.temporary and self.expires_on is None:
            raise ValidationError({"expires_on": "It is temporary: say until when."})
        if self.expires_on is not None and not self.temporary:
            raise ValidationError({"expires_on": "Only a temporary change has an end."})
        for name in ("regulatory_on", "reversed_on"):
            day = getattr(self, name)
            if day is not None and day > latest_today():
                raise ValidationError({name: "This day has not come yet."})


class PartOfChange(TrackedModel):
    """What belongs to a change and is told on its page."""

    change = models.ForeignKey(ChangeControl, on_delete=models.PROTECT, related_name="+", verbose_name="change")

    class Meta(TrackedModel.Meta):
        abstract = True

    @property
    def lane(self) -> str:
        """As closed as the change."""
        return self.change.lane

    def subject(self) -> TrackedModel:
        return self.change

    def anchors(self) -> dict[str, int]:
        return self.change.anchors()


class ImpactAssessment(PartOfChange, StatefulModel):
    """What one function says that the change does to its part, signed by whom it was asked of.

    It is never changed: a function that is asked again answers in another one, and the latest counts.
    """

    state = state_field(AssessmentState)
    function = models.CharField("function", max_length=20, choices=Function.choices)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="assessed by")
    due_on = models.DateField("due on")
    verdict = models.CharField("verdict", max_length=20, choices=Verdict.choices, blank=True)
    finding = models.TextField("what it does", max_length=8000, blank=True)
    measures = models.TextField("measures", max_length=8000, blank=True)

    controlled_fields: ClassVar[tuple[str, ...]] = ("verdict", "finding", "measures")
    signed_fields: ClassVar[tuple[str, ...]] = ("change", "function", "verdict", "finding", "measures")

    class Meta(StatefulModel.Meta):
        verbose_name = "impact assessment"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "change", "function"], condition=models.Q(state="asked"),
                name="function_asked_once",
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["organization", "change", "id"], name="assessment_of_change")]

    def __str__(self) -> str:
        return f"{self.get_function_display()} assessment of {self.change.number}"


class ChangeTask(PartOfChange):
    """What is done to bring the change about, by whom until when, and the evidence that it was done."""

    text = models.CharField("task", max_length=1000)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="owner")
    due_on = models.DateField("due on")
    after_release = models.BooleanField("done after the release", default=False)
    evidence = models.CharField("evidence", max_length=1000, blank=True)
    done_at = models.DateTimeField("done", null=True, editable=False)
    withdrawn_at = models.DateTimeField("withdrawn", null=True, editable=False)

    class Meta(PartOfChange.Meta):
        verbose_name = "task"
        indexes = [models.Index(fields=["organization", "change", "id"], name="task_of_change")]

    def __str__(self) -> str:
        return self.text[:80]


class ChangeStage(PartOfChange):
    """A stage as it was handed in for signature, whole and never changed: this is what approval and release cover."""

    append_only = True

    kind = models.CharField("stage", max_length=20, choices=StageKind.choices)
    content = models.JSONField("content")
    made_at = models.DateTimeField("handed in", default=timezone.now, editable=False)

    trail_ignores: ClassVar[tuple[str, ...]] = ("content", "made_at")
    signed_fields: ClassVar[tuple[str, ...]] = ("change", "kind", "content")

    class Meta(PartOfChange.Meta):
        verbose_name = "stage"
        indexes = [models.Index(fields=["organization", "change", "kind", "-id"], name="stage_of_change")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.change.number}"
