"""The quality issue: its scope, how bad it is, why it happened, and what was decided."""

from typing import ClassVar

from django.db import models

from cqms.records.models import state_field
from quality_events.models import QualityEvent, Severity


class IssueState(models.TextChoices):
    """Where an issue stands."""

    NEW = "new", "New"
    TRIAGE = "triage", "Triage"
    ACCEPTED = "accepted", "Accepted"
    CONTAINMENT = "containment", "Containment"
    ROOT_CAUSE = "root_cause", "Root cause"
    ACTION_DECISION = "action_decision", "Action decision"
    EFFECT_REVIEW = "effect_review", "Effect review"
    CLOSED = "closed", "Closed"
    NOT_AN_ISSUE = "not_an_issue", "Not an issue"
    DUPLICATE = "duplicate", "Duplicate"
    VOIDED = "voided", "Voided"


class Scope(models.TextChoices):
    """How far it reaches."""

    STUDY = "study", "Study"
    COUNTRY = "country", "Country"
    SITE = "site", "Site"
    VENDOR = "vendor", "Service provider"
    SYSTEM = "system", "Computerised system"
    PROCESS = "process", "Process"


class Extent(models.TextChoices):
    """How widespread it is."""

    SINGLE = "single", "A single case"
    REPEATED = "repeated", "Several cases"
    SYSTEMATIC = "systematic", "Systematic"


class Detectability(models.TextChoices):
    """How surely it would be noticed again."""

    SURE = "sure", "Noticed at once"
    LIKELY = "likely", "Noticed in routine checks"
    UNLIKELY = "unlikely", "Hardly noticed"


class BreachScreen(models.TextChoices):
    """Whether it may be a serious breach (EU 536/2014, Article 52)."""

    NO = "no", "No"
    YES = "yes", "Yes"
    UNCLEAR = "unclear", "Unclear"


class Decision(models.TextChoices):
    """What is done about it."""

    NONE = "none", "No action"
    CORRECTION = "correction", "Correction"
    CAPA = "capa", "CAPA"


class QualityIssue(QualityEvent):
    """A quality issue. Without a grade it was not triaged yet; `decision` is made once the cause is known.

    One that a rule raised says which: `rule_kind` and `rule_id` name the record that holds the rule or whose clock ran
    out, `rule_category` the category it was raised for, if any. They are set when it is opened, and never change.
    """

    state = state_field(IssueState)
    scope = models.CharField("scope", max_length=20, choices=Scope.choices, default=Scope.STUDY)
    scope_detail = models.CharField("which one", max_length=300, blank=True)
    detected_how = models.CharField("detected by", max_length=300)
    critical_factor = models.CharField("critical-to-quality factor touched", max_length=300, blank=True)
    affected = models.PositiveIntegerField("participants affected", null=True, blank=True)
    safety = models.BooleanField("concerns safety", default=False)
    privacy = models.BooleanField("concerns personal data", default=False)
    blinding = models.BooleanField("concerns blinding", default=False)
    breach = models.CharField("serious breach?", max_length=20, choices=BreachScreen.choices, blank=True)
    severity = models.CharField("severity", max_length=20, choices=Severity.choices, blank=True)
    extent = models.CharField("extent", max_length=20, choices=Extent.choices, blank=True)
    detectability = models.CharField("detectability", max_length=20, choices=Detectability.choices, blank=True)
    containment = models.TextField("immediate containment", max_length=8000, blank=True)
    root_cause = models.TextField("root cause", max_length=8000, blank=True)
    decision = models.CharField("decision", max_length=20, choices=Decision.choices, blank=True)
    decision_grounds = models.TextField("grounds of the decision", max_length=8000, blank=True)
    persistent = models.BooleanField("persistent noncompliance", default=False)
    termination = models.TextField("is the party's participation ended?", max_length=4000, blank=True)
    effect = models.TextField("effect", max_length=8000, blank=True)
    rule_kind = models.CharField(max_length=60, blank=True, editable=False)
    rule_id = models.BigIntegerField(null=True, editable=False)
    rule_category = models.CharField("raised for the category", max_length=160, blank=True, editable=False)

    trail_ignores: ClassVar[tuple[str, ...]] = (*QualityEvent.trail_ignores, "rule_kind", "rule_id")

    controlled_fields: ClassVar[tuple[str, ...]] = (
        *QualityEvent.controlled_fields, "severity", "extent", "detectability", "breach", "affected",
    )  # fmt: skip
    signed_fields: ClassVar[tuple[str, ...]] = (
        *QualityEvent.signed_fields, "scope", "scope_detail", "affected", "breach", "severity", "extent",
        "detectability", "containment", "root_cause", "decision", "decision_grounds", "persistent", "termination",
        "effect",
    )  # fmt: skip

    class Meta(QualityEvent.Meta):
        verbose_name = "quality issue"

    @property
    def is_significant(self) -> bool:
        """Whether it is a significant noncompliance: major or critical (ICH E6(R3) 3.12.2)."""
        return self.severity in (Severity.MAJOR, Severity.CRITICAL)
