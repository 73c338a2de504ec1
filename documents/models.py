"""Documents, their versions, who takes part in a version, issued copies and periodic reviews."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from cqms.accounts.models import User
from cqms.attachments.models import StoredFile
from cqms.audit.models import Lane
from cqms.organizations.models import OrganizationModel, TrackedModel
from cqms.records.models import StatefulModel, state_field
from studies.models import STUDY, Study


class DocumentType(models.TextChoices):
    """The types of controlled documents."""

    POLICY = "policy", "Policy"
    SOP = "sop", "SOP"
    WORK_INSTRUCTION = "work_instruction", "Work instruction"
    FORM = "form", "Form"
    TEMPLATE = "template", "Template"
    MANUAL = "manual", "Manual"
    STUDY_PLAN = "study_plan", "Study plan"


class TrainingImpact(models.TextChoices):
    """What people must do before they work to a new version."""

    NONE = "none", "No training"
    READ = "read", "Read and understand"
    QUIZ = "quiz", "Read and pass a quiz"
    INSTRUCTOR = "instructor", "Training by an instructor"


class Document(TrackedModel):
    """A controlled document through all its versions. `owner` answers for the process it describes."""

    number = models.CharField("number", max_length=40, editable=False)
    type = models.CharField("type", max_length=20, choices=DocumentType.choices)
    title = models.CharField("title", max_length=250)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="process owner")
    department = models.CharField("department", max_length=120, blank=True)
    study = models.ForeignKey(
        Study, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="study"
    )
    lane = models.CharField("lane", max_length=20, choices=Lane.choices, default=Lane.GENERAL, editable=False)

    controlled_fields: ClassVar[tuple[str, ...]] = ("title", "owner", "department")

    class Meta(TrackedModel.Meta):
        verbose_name = "document"
        constraints = [models.UniqueConstraint(fields=["organization", "number"], name="document_number_once")]
        indexes = [
            models.Index(fields=["organization", "study", "-id"], name="document_of_study"),
            models.Index(
                fields=["organization", "lane"],
                condition=models.Q(lane__in=[Lane.UNBLINDED, Lane.CONFIDENTIAL]),
                name="document_in_closed_lane",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def anchors(self) -> dict[str, int]:
        return {STUDY: self.study_id} if self.study_id else {}


class VersionState(models.TextChoices):
    """The states of a version."""

    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    IN_APPROVAL = "in_approval", "In approval"
    APPROVED = "approved", "Approved"
    EFFECTIVE = "effective", "Effective"
    SUPERSEDED = "superseded", "Superseded"
    RETIRED = "retired", "Retired"
    VOIDED = "voided", "Voided"


IN_WORK = (VersionState.DRAFT, VersionState.IN_REVIEW, VersionState.IN_APPROVAL, VersionState.APPROVED)
"""The states of a version that is on its way; a document has one such version at a time."""


KNOWN_PARTICIPANTS = "known_participants"
"""Where a version that is only read knows who is named for it; see `selectors.with_participants`."""


class Version(StatefulModel):
    """One version of a document. What is signed is its content and its files, never its state or its dates."""

    signed_fields: ClassVar[tuple[str, ...]] = (
        "document", "major", "minor", "title", "change_summary", "change_reason", "training_impact", "audience",
        "regulations", "author",
    )  # fmt: skip
    controlled_fields: ClassVar[tuple[str, ...]] = (
        "title",
        "change_summary",
        "markdown",
        "effective_on",
        "next_review_on",
    )
    trail_ignores: ClassVar[tuple[str, ...]] = ("state_revision", "document")

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="versions", verbose_name="document")
    state = state_field(VersionState)
    major = models.PositiveIntegerField("major version")
    minor = models.PositiveIntegerField("minor version", default=0)
    title = models.CharField("title", max_length=250)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="author")
    change_summary = models.TextField("summary of changes")
    change_reason = models.TextField("reason for the version")
    training_impact = models.CharField("training", max_length=20, choices=TrainingImpact.choices)
    audience = models.CharField("audience of the training", max_length=300, blank=True)
    regulations = models.CharField("regulations it implements", max_length=500, blank=True)
    markdown = models.TextField("text", blank=True)
    source = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="source file"
    )
    source_name = models.CharField("name of the source file", max_length=200, blank=True)
    rendition = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="PDF rendition"
    )
    effective_on = models.DateField("effective on", null=True)
    effective_at = models.DateTimeField("effective since", null=True)
    ended_at = models.DateTimeField("effective until", null=True)
    next_review_on = models.DateField("next review", null=True)

    class Meta(StatefulModel.Meta):
        verbose_name = "version"
        constraints = [
            models.UniqueConstraint(fields=["organization", "document", "major", "minor"], name="version_once"),
            models.UniqueConstraint(
                fields=["organization", "document"], condition=models.Q(state="effective"), name="one_effective_version"
            ),
            models.UniqueConstraint(
                fields=["organization", "document"],
                condition=models.Q(state__in=["draft", "in_review", "in_approval", "approved"]),
                name="one_version_in_work",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "state", "effective_on"], name="version_by_state"),
            models.Index(fields=["organization", "state", "next_review_on"], name="version_by_review"),
        ]

    def __str__(self) -> str:
        return f"{self.document.number} version {self.label} {self.title}"

    @property
    def label(self) -> str:
        """The version as people write it: 2.0."""
        return f"{self.major}.{self.minor}"

    @property
    def lane(self) -> str:
        """A version is as open as its document."""
        return self.document.lane

    @property
    def owner_id(self) -> int:
        """Who answers for the document answers for its versions."""
        return self.document.owner_id

    def subject(self) -> TrackedModel:
        return self.document

    def anchors(self) -> dict[str, int]:
        return self.document.anchors()

    def signed_files(self) -> dict[str, str]:
        """The SHA-256 of the source and of the rendition that is shown."""
        files = {"source": self.source, "rendition": self.rendition}
        return {name: stored.sha256 for name, stored in files.items() if stored is not None}


class Capacity(models.TextChoices):
    """In which capacity a person is named for a version."""

    REVIEWER = "reviewer", "Reviewer"
    FUNCTION_LEAD = "function_lead", "Function lead"


class Participant(TrackedModel):
    """A person named by the author to review a version, or to approve a study plan for a function."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="participants")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="person")
    capacity = models.CharField("named as", max_length=20, choices=Capacity.choices)
    withdrawn_at = models.DateTimeField("withdrawn", null=True)

    trail_ignores: ClassVar[tuple[str, ...]] = ("version",)

    class Meta(TrackedModel.Meta):
        verbose_name = "participant"
        constraints = [
            models.UniqueConstraint(fields=["organization", "version", "person", "capacity"], name="named_once")
        ]

    def __str__(self) -> str:
        return f"{self.person} as {self.get_capacity_display()} of {self.version}"

    def subject(self) -> TrackedModel:
        return self.version.document

    def anchors(self) -> dict[str, int]:
        return self.version.anchors()


class IssuedCopy(OrganizationModel):
    """The PDF people use: the signed rendition with state, effective date and signature page of one state."""

    append_only = True

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="issued_copies")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    basis = models.CharField("what it shows", max_length=64)
    issued_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "version", "basis"], name="issued_once")]

    def __str__(self) -> str:
        return f"Issued copy of {self.version}"


class Verdict(models.TextChoices):
    """What a periodic review can conclude."""

    NO_CHANGE = "no_change", "No change needed"
    REVISE = "revise", "Revise"
    RETIRE = "retire", "Retire"


class ReviewState(models.TextChoices):
    """The states of a periodic review."""

    OPEN = "open", "Open"
    CONCLUDED = "concluded", "Concluded"
    LAPSED = "lapsed", "Lapsed"


class PeriodicReview(StatefulModel):
    """The question, asked again and again, whether a version is still right (EU Annex 11 11, ISO 9001 7.5)."""

    signed_fields: ClassVar[tuple[str, ...]] = ("version", "verdict", "comment", "due_on")
    trail_ignores: ClassVar[tuple[str, ...]] = ("state_revision", "version")

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="reviews", verbose_name="version")
    state = state_field(ReviewState)
    due_on = models.DateField("due")
    verdict = models.CharField("verdict", max_length=20, choices=Verdict.choices, blank=True)
    comment = models.TextField("grounds", blank=True)

    class Meta(StatefulModel.Meta):
        verbose_name = "periodic review"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "version"], condition=models.Q(state="open"), name="one_open_review"
            )
        ]

    def __str__(self) -> str:
        return f"Periodic review of {self.version.document.number} version {self.version.label}"

    @property
    def lane(self) -> str:
        """A review is as open as its document."""
        return self.version.document.lane

    @property
    def owner_id(self) -> int:
        """The process owner answers for the review."""
        return self.version.document.owner_id

    def subject(self) -> TrackedModel:
        return self.version.document

    def anchors(self) -> dict[str, int]:
        return self.version.anchors()
