"""Protocol deviations, the specification by which they are judged, and the freeze of their classification."""

from typing import ClassVar

from django.db import models

from cqms.accounts.models import User
from cqms.audit.models import Lane
from cqms.records.models import state_field
from quality_events.models import EventRecord, LoggedEvent
from studies.models import PartOfStudy, ProtocolVersion


class SpecificationState(models.TextChoices):
    """Where a version of a specification stands."""

    DRAFT = "draft", "Draft"
    IN_APPROVAL = "in_approval", "In approval"
    APPROVED = "approved", "Approved"
    SUPERSEDED = "superseded", "Superseded"
    VOIDED = "voided", "Voided"


class Specification(EventRecord):
    """How the deviations of one study are judged: one version. `categories` is a text, see `categories.read`.

    `repeat_count` deviations of one category at a site within `repeat_days` raise a quality issue; 0 never does.
    """

    state = state_field(SpecificationState)
    version = models.PositiveIntegerField("version", default=1, editable=False)
    protocol = models.ForeignKey(
        ProtocolVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="protocol version",
    )  # fmt: skip
    categories = models.TextField("categories", max_length=20_000)
    repeat_count = models.PositiveIntegerField("repeats that raise an issue", default=3)
    repeat_days = models.PositiveIntegerField("within days", default=90)

    signed_fields: ClassVar[tuple[str, ...]] = (
        *EventRecord.signed_fields, "version", "protocol", "categories", "repeat_count", "repeat_days",
    )  # fmt: skip
    controlled_fields: ClassVar[tuple[str, ...]] = (*EventRecord.controlled_fields, "categories")

    class Meta(EventRecord.Meta):
        verbose_name = "deviation specification"
        constraints = [
            *EventRecord.Meta.constraints,
            models.UniqueConstraint(
                fields=["organization", "study"], condition=models.Q(state="approved"), name="one_specification_holds"
            ),
        ]


class DeviationState(models.TextChoices):
    """Where a deviation stands."""

    LOGGED = "logged", "Logged"
    TRIAGE = "triage", "Triage"
    ASSESSMENT = "assessment", "Under assessment"
    INVESTIGATION = "investigation", "Investigation"
    ACTION = "action", "Action"
    QA_REVIEW = "qa_review", "QA review"
    CLOSED = "closed", "Closed"
    VOIDED = "voided", "Voided"


class Importance(models.TextChoices):
    """Whether it may significantly affect rights, safety or well-being, or the reliability of data (ICH E3)."""

    IMPORTANT = "important", "Important"
    NOT_IMPORTANT = "not_important", "Not important"


class BreachAnswer(models.TextChoices):
    """Whether it may be a serious breach (EU 536/2014, Article 52)."""

    NO = "no", "No"
    YES = "yes", "Yes"
    UNCLEAR = "unclear", "Unclear"


class ProtocolDeviation(LoggedEvent):
    """A deviation from the protocol of a study. `subject` is the code of a participant, never who they are."""

    state = state_field(DeviationState)
    subject_code = models.CharField("participant (code)", max_length=40, blank=True)
    visit = models.CharField("visit", max_length=80, blank=True)
    protocol = models.ForeignKey(
        ProtocolVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="protocol version",
    )  # fmt: skip
    protocol_section = models.CharField("section of the protocol", max_length=80, blank=True)
    immediate_action = models.TextField("immediate action", max_length=8000, blank=True)
    reported_to_ethics = models.DateField("reported to the ethics committee", null=True, blank=True)
    source_system = models.CharField("source system", max_length=80, blank=True, editable=False)
    source_id = models.CharField("id in the source system", max_length=120, blank=True, editable=False)
    specification = models.ForeignKey(
        Specification, on_delete=models.PROTECT, null=True, related_name="+", editable=False,
        verbose_name="judged by",
    )  # fmt: skip
    category = models.CharField("category", max_length=160, blank=True)
    importance = models.CharField("classification", max_length=20, choices=Importance.choices, blank=True)
    rationale = models.TextField("rationale", max_length=4000, blank=True)
    safety = models.BooleanField("concerns safety", default=False, editable=False)
    confirmed_at = models.DateTimeField("confirmed by the medical monitor", null=True, editable=False)
    breach = models.CharField("serious breach?", max_length=20, choices=BreachAnswer.choices, blank=True)
    breach_grounds = models.TextField("grounds of the answer", max_length=4000, blank=True)
    impact = models.TextField("impact on safety, rights and data", max_length=8000, blank=True)
    critical_factor = models.CharField("critical-to-quality factor touched", max_length=300, blank=True)
    excluded = models.BooleanField("participant leaves an analysis population", default=False)
    classified_after = models.ForeignKey(
        "Freeze", on_delete=models.PROTECT, null=True, editable=False, related_name="late",
        verbose_name="classified after the freeze",
    )  # fmt: skip
    investigation = models.TextField("investigation", max_length=8000, blank=True)
    action = models.TextField("action", max_length=8000, blank=True)

    controlled_fields: ClassVar[tuple[str, ...]] = (
        *LoggedEvent.controlled_fields, "subject_code", "visit", "protocol", "protocol_section", "category",
        "importance",
    )  # fmt: skip
    signed_fields: ClassVar[tuple[str, ...]] = (
        *LoggedEvent.signed_fields, "subject_code", "visit", "protocol", "protocol_section", "specification",
        "category", "importance", "rationale", "safety", "breach", "breach_grounds", "impact", "excluded",
        "investigation", "action",
    )  # fmt: skip

    class Meta(LoggedEvent.Meta):
        verbose_name = "protocol deviation"
        constraints = [
            *LoggedEvent.Meta.constraints,
            models.UniqueConstraint(
                fields=["organization", "source_system", "source_id"],
                condition=~models.Q(source_id=""),
                name="deviation_imported_once",
            ),
        ]
        indexes = [
            *LoggedEvent.Meta.indexes,
            models.Index(fields=["organization", "study", "category", "site", "occurred_on"], name="deviation_repeats"),
            models.Index(
                fields=["organization", "-id"],
                condition=models.Q(logged_on__gt=models.F("log_due_on")),
                name="deviation_logged_late",
            ),
        ]

    @property
    def is_important(self) -> bool:
        """Whether it was classified as important."""
        return self.importance == Importance.IMPORTANT


class FreezeState(models.TextChoices):
    """Where a freeze stands."""

    PREPARED = "prepared", "Prepared"
    FROZEN = "frozen", "Frozen"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Freeze(EventRecord):
    """That the classification of a study's deviations is final before unblinding; signed by three people (ICH E9).

    `content_sha256` is over number, category and classification of every deviation in the general lane, a line each:
    two of the signers are blinded. What is found later is classified after it, and made final by another freeze that
    amends it.
    """

    state = state_field(FreezeState)
    deviations = models.PositiveIntegerField("deviations", default=0, editable=False)
    important = models.PositiveIntegerField("important ones", default=0, editable=False)
    content_sha256 = models.CharField("SHA-256 of the classification", max_length=64, editable=False)
    amends = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="amendments", verbose_name="amends"
    )

    signed_fields: ClassVar[tuple[str, ...]] = (
        *EventRecord.signed_fields, "deviations", "important", "content_sha256", "amends",
    )  # fmt: skip

    class Meta(EventRecord.Meta):
        verbose_name = "classification freeze"
        constraints = [
            *EventRecord.Meta.constraints,
            models.UniqueConstraint(
                fields=["organization", "study"],
                condition=~models.Q(state="withdrawn") & models.Q(amends=None),
                name="one_freeze_of_a_study",
            ),
            models.UniqueConstraint(
                fields=["organization", "amends"], condition=~models.Q(state="withdrawn"), name="amended_once"
            ),
        ]


class DeviationImport(PartOfStudy):
    """A file of deviations from another system, attached as it came, and which of its columns means what.

    `columns` names a column for each field, a line each, see `columns.read`. `created` counts over all runs; as the
    deviations of one source are known by their ids, a run never makes one twice. What stands in a closed lane makes
    deviations of that lane.
    """

    lane = models.CharField("lane", max_length=20, choices=Lane.choices, default=Lane.GENERAL, editable=False)
    source_system = models.CharField("source system", max_length=80)
    file_name = models.CharField("file", max_length=200)
    file_sha256 = models.CharField("SHA-256 of the file", max_length=64, editable=False)
    columns = models.TextField("columns", max_length=4000, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="imported by")
    created = models.PositiveIntegerField("deviations created", default=0, editable=False)
    done_at = models.DateTimeField("last run", null=True, editable=False)

    controlled_fields: ClassVar[tuple[str, ...]] = ("source_system",)

    class Meta(PartOfStudy.Meta):
        verbose_name = "import of deviations"
        verbose_name_plural = "imports of deviations"
        indexes = [
            models.Index(fields=["organization", "study", "-id"], name="deviation_import_of_study"),
            models.Index(fields=["organization", "source_system", "-id"], name="deviation_import_by_source"),
        ]

    def __str__(self) -> str:
        return f"Import of {self.file_name} from {self.source_system}"
