"""The process deviation: which procedure was not followed and why, how bad it is, what is done; or for how long."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from cqms.audit.models import Lane
from cqms.records.models import state_field
from documents.models import Version, VersionState
from quality_events.models import LoggedEvent, Severity

LONGEST = 366
"""The most days for which a planned deviation holds: longer, the procedure itself is to be changed."""
CONTROLLED = (VersionState.APPROVED, VersionState.EFFECTIVE, VersionState.SUPERSEDED, VersionState.RETIRED)
"""The states of versions that somebody can have had to follow."""


class ProcessDeviationState(models.TextChoices):
    """Where a process deviation stands; a planned one is requested, approved and ended."""

    LOGGED = "logged", "Logged"
    TRIAGE = "triage", "Triage"
    ASSESSMENT = "assessment", "Under assessment"
    INVESTIGATION = "investigation", "Investigation"
    ACTION = "action", "Action"
    QA_REVIEW = "qa_review", "QA review"
    CLOSED = "closed", "Closed"
    NOT_A_DEVIATION = "not_a_deviation", "Not a deviation"
    REQUESTED = "requested", "Requested"
    APPROVED = "approved", "Approved"
    ENDED = "ended", "Ended"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"
    VOIDED = "voided", "Voided"


class Timing(models.TextChoices):
    """Whether it was known before."""

    UNPLANNED = "unplanned", "Unplanned: it happened"
    PLANNED = "planned", "Planned: asked for before it begins"


class Decision(models.TextChoices):
    """What is done about it."""

    NONE = "none", "Nothing more"
    CORRECTION = "correction", "Correction"
    CAPA = "capa", "CAPA"


class ProcessDeviation(LoggedEvent):
    """A deviation from a procedure. A planned one holds from `valid_from` to `valid_until`, both days included."""

    state = state_field(ProcessDeviationState)
    timing = models.CharField("planned or not", max_length=20, choices=Timing.choices, default=Timing.UNPLANNED)
    version = models.ForeignKey(
        Version, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="document"
    )
    requirement = models.CharField("section or process", max_length=300, blank=True)
    immediate_action = models.TextField("immediate action", max_length=8000, blank=True)
    justification = models.TextField("why it is needed", max_length=8000, blank=True)
    valid_from = models.DateField("valid from", null=True, blank=True)
    valid_until = models.DateField("valid until", null=True, blank=True)
    severity = models.CharField("grade", max_length=20, choices=Severity.choices, blank=True)
    rationale = models.TextField("grounds of the grade", max_length=4000, blank=True)
    affects_safety = models.BooleanField("affects safety", default=False)
    affects_rights = models.BooleanField("affects rights", default=False)
    affects_data = models.BooleanField("affects data", default=False)
    impact = models.TextField("impact", max_length=8000, blank=True)
    investigation = models.TextField("what was found", max_length=8000, blank=True)
    decision = models.CharField("decision", max_length=20, choices=Decision.choices, blank=True)
    action = models.TextField("what is done, and why", max_length=8000, blank=True)
    outcome = models.TextField("what came of it", max_length=8000, blank=True)
    ending = models.TextField("how it went", max_length=8000, blank=True)

    controlled_fields: ClassVar[tuple[str, ...]] = (
        *LoggedEvent.controlled_fields, "version", "requirement", "justification", "valid_from", "valid_until",
        "severity", "rationale", "affects_safety", "affects_rights", "affects_data", "decision",
    )  # fmt: skip
    named_fields: ClassVar[tuple[str, ...]] = ("version",)
    signed_fields: ClassVar[tuple[str, ...]] = (
        *LoggedEvent.signed_fields, "timing", "version", "requirement", "immediate_action", "justification",
        "valid_from", "valid_until", "severity", "rationale", "affects_safety", "affects_rights", "affects_data",
        "impact", "investigation", "decision", "action", "outcome",
    )  # fmt: skip

    class Meta(LoggedEvent.Meta):
        verbose_name = "process deviation"

    @property
    def is_planned(self) -> bool:
        """Whether it was asked for before it begins."""
        return self.timing == Timing.PLANNED

    def clean(self) -> None:
        """The document is one to be followed here, and the days suit. Raises ValidationError beside the field."""
        if self.version is not None:
            self._check_version(self.version)
        if self.is_planned:
            self._check_days()
        elif self.valid_from or self.valid_until:
            name = "valid_from" if self.valid_from else "valid_until"
            raise ValidationError({name: "Only a planned deviation has days for which it holds."})
        if self.state == ProcessDeviationState.APPROVED:
            self._check_untouched()

    def _check_days(self) -> None:
        if self.valid_from is None or self.valid_until is None:
            name = "valid_from" if self.valid_from is None else "valid_until"
            raise ValidationError({name: "A planned deviation is limited in time: give both days."})
        if self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": "It cannot end before it begins."})
        if (self.valid_until - self.valid_from).days >= LONGEST:
            raise ValidationError({"valid_until": "At most a year: what is needed longer changes the procedure."})
        if not self.justification.strip():
            raise ValidationError({"justification": "Say why it is needed, and what keeps it safe meanwhile."})

    def _check_untouched(self) -> None:
        """What quality assurance approved stays as it was signed."""
        names = ("version_id", "requirement", "justification", "valid_from", "valid_until", "description")
        stored = type(self)._base_manager.filter(pk=self.pk, state=self.state).values(*names).first()
        for name, value in (stored or {}).items():
            if value != getattr(self, name):
                said = "Quality assurance approved this: end it, and request another one."
                raise ValidationError({name.removesuffix("_id"): said})

    def _check_version(self, version: Version) -> None:
        document = version.document
        if version.state not in CONTROLLED or document.lane not in (Lane.GENERAL, self.lane):
            raise ValidationError({"version": "Nobody had to follow this version yet."})
        if document.study_id is not None and document.study_id != self.study_id:
            raise ValidationError({"version": "This document belongs to a study: name that study."})
