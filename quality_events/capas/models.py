"""The CAPA: why it is needed, its causes, its plan, by what it is judged, and what was signed at each stage."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from cqms.accounts.models import User
from cqms.attachments.models import Attachment
from cqms.organizations.models import TrackedModel
from cqms.organizations.scope import today
from cqms.records.models import state_field
from quality_events.models import EventRecord, Severity


class CapaState(models.TextChoices):
    """Where a CAPA stands."""

    INITIATED = "initiated", "Initiated"
    SCOPED = "scoped", "Scoped"
    ROOT_CAUSE = "root_cause", "Root cause analysis"
    PLAN = "plan", "Plan"
    PLAN_APPROVED = "plan_approved", "Plan approved"
    IMPLEMENTING = "implementing", "Implementing"
    IMPLEMENTED = "implemented", "Implemented"
    VERIFICATION = "verification", "QA verification"
    MONITORING = "monitoring", "Effectiveness monitoring"
    EFFECTIVE = "effective", "Effective"
    NOT_EFFECTIVE = "not_effective", "Not effective"
    CLOSED = "closed", "Closed"
    CANCELLED = "cancelled", "Cancelled"


class Source(models.TextChoices):
    """Where the need comes from; the records themselves are linked."""

    ISSUE = "issue", "Quality issue"
    DEVIATIONS = "deviations", "Trend of deviations"
    PROCESS = "process", "Deviation from a process"
    FINDING = "finding", "Audit or inspection finding"
    TOLERANCE = "tolerance", "Quality tolerance limit"
    COMPLAINT = "complaint", "Complaint"
    CHANGE = "change", "Change"
    MANAGEMENT = "management", "Management review"
    OTHER = "other", "Something else"


class Method(models.TextChoices):
    """How the causes were found."""

    FIVE_WHYS = "five_whys", "5 whys"
    FISHBONE = "fishbone", "Fishbone (Ishikawa)"
    FAULT_TREE = "fault_tree", "Fault tree"
    BARRIERS = "barriers", "Change or barrier analysis"
    TIMELINE = "timeline", "Timeline"
    HUMAN_FACTORS = "human_factors", "Human factors"
    FMEA = "fmea", "Failure mode and effects analysis"


class Bone(models.TextChoices):
    """To which bone of the fishbone a cause belongs."""

    PEOPLE = "people", "People"
    PROCESS = "process", "Process"
    EQUIPMENT = "equipment", "Equipment and systems"
    MATERIAL = "material", "Material"
    MEASUREMENT = "measurement", "Measurement and data"
    ENVIRONMENT = "environment", "Environment"
    MANAGEMENT = "management", "Management"


class Weight(models.TextChoices):
    """What a cause is in the chain that led to the event."""

    WHY = "why", "A step on the way"
    CONTRIBUTORY = "contributory", "Contributory cause"
    ROOT = "root", "Root cause"


class ActionKind(models.TextChoices):
    """What a row of the plan is for."""

    CORRECTION = "correction", "Correction"
    CORRECTIVE = "corrective", "Corrective action"
    PREVENTIVE = "preventive", "Preventive action"


class DataSource(models.TextChoices):
    """Where the figures of the criterion come from."""

    PORTAL = "portal", "Counted by the portal"
    OTHER = "other", "Another source"


class Unit(models.TextChoices):
    """What events are set against."""

    COUNT = "count", "Number of events"
    PARTICIPANT = "participant", "Events per participant enrolled"
    SITE_MONTH = "site_month", "Events per site and month"


class StageKind(models.TextChoices):
    """What is signed as a whole."""

    ANALYSIS = "analysis", "Root cause analysis"
    PLAN = "plan", "Plan"
    IMPLEMENTATION = "implementation", "Implementation"
    EFFECTIVENESS = "effectiveness", "Effectiveness"


class Capa(EventRecord):
    """A CAPA. What concerns causes, plan and effectiveness is that of the present `iteration`."""

    state = state_field(CapaState)
    source = models.CharField("source", max_length=20, choices=Source.choices, default=Source.ISSUE)
    opened_on = models.DateField("opened on", default=today, editable=False)
    aware_on = models.DateField("known since")
    severity = models.CharField("severity", max_length=20, choices=Severity.choices, blank=True)
    extent = models.TextField("extent", max_length=8000, blank=True)
    interim = models.TextField("interim measure", max_length=8000, blank=True)
    elsewhere = models.TextField("where else it could happen", max_length=8000, blank=True)
    iteration = models.PositiveSmallIntegerField("iteration", default=1, editable=False)
    method = models.CharField("method", max_length=20, choices=Method.choices, blank=True)
    root_cause = models.TextField("root cause in a sentence", max_length=4000, blank=True)
    challenge = models.TextField("why the system let it happen", max_length=4000, blank=True)
    training_grounds = models.TextField("why training alone is enough", max_length=4000, blank=True)
    metric = models.CharField("metric", max_length=300, blank=True)
    baseline = models.CharField("baseline", max_length=300, blank=True)
    target = models.DecimalField("target, at most", max_digits=12, decimal_places=4, null=True, blank=True)
    sample = models.CharField("sample or period", max_length=300, blank=True)
    data_source = models.CharField("data source", max_length=20, choices=DataSource.choices, blank=True)
    data_words = models.CharField("which source", max_length=300, blank=True)
    counted = models.CharField("events counted", max_length=40, blank=True)
    category = models.CharField("of this category", max_length=160, blank=True)
    unit = models.CharField("counted as", max_length=20, choices=Unit.choices, blank=True)
    before_from = models.DateField("baseline from", null=True, blank=True)
    before_to = models.DateField("baseline until", null=True, blank=True)
    after_from = models.DateField("measured from", null=True, blank=True)
    check_on = models.DateField("measured until", null=True, blank=True)
    result = models.TextField("result", max_length=8000, blank=True)

    trail_ignores: ClassVar[tuple[str, ...]] = (*EventRecord.trail_ignores, "opened_on")
    controlled_fields: ClassVar[tuple[str, ...]] = (*EventRecord.controlled_fields, "severity", "aware_on")
    signed_fields: ClassVar[tuple[str, ...]] = (*EventRecord.signed_fields, "source", "aware_on")

    class Meta(EventRecord.Meta):
        verbose_name = "CAPA"
        verbose_name_plural = "CAPAs"


class PartOfCapa(TrackedModel):
    """What belongs to one iteration of a CAPA and is told on its page."""

    capa = models.ForeignKey(Capa, on_delete=models.PROTECT, related_name="%(class)ss", verbose_name="CAPA")
    iteration = models.PositiveSmallIntegerField("iteration", default=1, editable=False)

    class Meta(TrackedModel.Meta):
        abstract = True

    @property
    def lane(self) -> str:
        """As closed as the CAPA."""
        return self.capa.lane

    def subject(self) -> TrackedModel:
        return self.capa

    def anchors(self) -> dict[str, int]:
        return self.capa.anchors()


class Cause(PartOfCapa):
    """A cause, and with `parent` the one it explains: so 5 whys are a chain and a fault tree a tree.

    Evidence is a file of the CAPA, or words that lead to it.
    """

    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="whys", verbose_name="explains"
    )
    text = models.CharField("cause", max_length=500)
    weight = models.CharField("what it is", max_length=20, choices=Weight.choices, default=Weight.WHY)
    bone = models.CharField("belongs to", max_length=20, choices=Bone.choices, default=Bone.PROCESS)
    human_error = models.BooleanField("a person's error or lack of training", default=False)
    evidence = models.CharField("evidence", max_length=1000, blank=True)
    file = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="evidence file"
    )
    withdrawn_at = models.DateTimeField("withdrawn", null=True, editable=False)

    class Meta(PartOfCapa.Meta):
        verbose_name = "cause"
        indexes = [models.Index(fields=["organization", "capa", "iteration", "id"], name="cause_of_capa")]

    def __str__(self) -> str:
        return self.text[:80]


class Action(PartOfCapa):
    """A row of the plan: what is done by whom until when, what it leaves behind, and the evidence that it was done."""

    kind = models.CharField("type", max_length=20, choices=ActionKind.choices)
    text = models.CharField("action", max_length=1000)
    training = models.BooleanField("it is training or reminding", default=False)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="owner")
    due_on = models.DateField("due on")
    deliverable = models.CharField("deliverable", max_length=500)
    evidence = models.CharField("evidence", max_length=1000, blank=True)
    done_at = models.DateTimeField("done", null=True, editable=False)
    withdrawn_at = models.DateTimeField("withdrawn", null=True, editable=False)

    class Meta(PartOfCapa.Meta):
        verbose_name = "action"
        indexes = [models.Index(fields=["organization", "capa", "iteration", "id"], name="action_of_capa")]

    def __str__(self) -> str:
        return self.text[:80]


class Stage(PartOfCapa):
    """A stage as it was handed in for signature, whole and never changed: this is what signatures of a CAPA cover."""

    append_only = True

    kind = models.CharField("stage", max_length=20, choices=StageKind.choices)
    content = models.JSONField("content")
    made_at = models.DateTimeField("handed in", default=timezone.now, editable=False)

    trail_ignores: ClassVar[tuple[str, ...]] = ("content", "made_at")
    signed_fields: ClassVar[tuple[str, ...]] = ("capa", "iteration", "kind", "content")

    class Meta(PartOfCapa.Meta):
        verbose_name = "stage"
        indexes = [models.Index(fields=["organization", "capa", "kind", "-id"], name="stage_of_capa")]

    def __str__(self) -> str:
        number = f", iteration {self.iteration}" if self.iteration > 1 else ""
        return f"{self.get_kind_display()} of {self.capa.number}{number}"


class ExtensionRequest(PartOfCapa):
    """More time that was asked for before the due day; the original day stays where it is."""

    deadline_kind = models.CharField(max_length=60, editable=False)
    due_before = models.DateTimeField("due until now")
    due_wanted = models.DateField("due then")
    why = models.TextField("reason", max_length=4000)
    interim_control = models.TextField("interim control", max_length=4000)
    risk = models.TextField("risk of waiting", max_length=4000)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="asked by")
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="decided by"
    )
    decided_at = models.DateTimeField("decided", null=True, editable=False)
    granted = models.BooleanField("granted", null=True)

    trail_ignores: ClassVar[tuple[str, ...]] = ("deadline_kind",)

    class Meta(PartOfCapa.Meta):
        verbose_name = "extension"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "capa"], condition=models.Q(decided_at__isnull=True), name="one_extension_asked"
            )
        ]

    def __str__(self) -> str:
        return f"Extension of {self.capa.number} until {self.due_wanted:%d %b %Y}"


def open_parts(rows: Any) -> Any:
    """Those of a related set that were not withdrawn, in the order in which they were written."""
    return rows.filter(withdrawn_at__isnull=True).order_by("pk")
