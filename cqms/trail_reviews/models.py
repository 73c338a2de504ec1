"""Reviews of the audit trail, what the portal flagged in them, and what reviewers said about single entries."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from cqms.access.anchors import ORGANIZATION
from cqms.accounts.models import User
from cqms.audit.models import AuditEvent, Lane
from cqms.organizations.models import OrganizationModel, TrackedModel
from cqms.organizations.stateful import state_field
from cqms.records.models import Record


class ReviewState(models.TextChoices):
    """Where a review stands."""

    PLANNED = "planned", "Planned"
    RUNNING = "running", "In review"
    REVIEWED = "reviewed", "Reviewed"
    CANCELLED = "cancelled", "Cancelled"


class Frequency(models.IntegerChoices):
    """After how many months the next review follows."""

    ONCE = 0, "Once"
    MONTHLY = 1, "Every month"
    QUARTERLY = 3, "Every 3 months"
    HALF_YEARLY = 6, "Every 6 months"
    YEARLY = 12, "Every 12 months"


class TrailReview(Record):
    """One review of a part of the audit trail; its `owner` reviews and signs.

    `starts_on` and `ends_on` are days in the organization's zone, both included. Starting freezes the query: entries
    up to `up_to`, in `lanes`, counted in `entry_count`; `content_sha256` is over their numbers, one a line.
    """

    state = state_field(ReviewState)
    place_kind = models.CharField("kind of place", max_length=60, default=ORGANIZATION)
    place_id = models.BigIntegerField("place (id)")
    place_label = models.CharField("trail of", max_length=300)
    why_critical = models.TextField("why this trail is critical", max_length=4000)
    frequency = models.PositiveSmallIntegerField("how often", choices=Frequency.choices, default=Frequency.ONCE)
    starts_on = models.DateField("entries from")
    ends_on = models.DateField("entries until")
    kinds = ArrayField(models.CharField(max_length=60), verbose_name="kinds of records", default=list, blank=True)
    due_on = models.DateField("due")
    follows = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="followed_by", verbose_name="follows"
    )
    up_to = models.BigIntegerField("last entry of the portal when it began", null=True, editable=False)
    lanes = ArrayField(models.CharField(max_length=20, choices=Lane.choices), default=list, verbose_name="lanes")
    entry_count = models.PositiveIntegerField("entries", null=True, editable=False)
    content_sha256 = models.CharField("SHA-256 over the numbers of the entries", max_length=64, blank=True)
    flag_counts = models.JSONField("flagged", default=dict, editable=False)
    conclusion = models.TextField("conclusion", max_length=8000, blank=True)

    trail_ignores: ClassVar[tuple[str, ...]] = (*Record.trail_ignores, "place_kind", "place_id", "flag_counts")
    controlled_fields: ClassVar[tuple[str, ...]] = ("why_critical", "starts_on", "ends_on", "kinds", "owner")
    signed_fields: ClassVar[tuple[str, ...]] = (
        "number", "title", "place_kind", "place_id", "why_critical", "frequency", "starts_on", "ends_on", "kinds",
        "up_to", "lanes", "entry_count", "content_sha256", "flag_counts", "conclusion",
    )  # fmt: skip

    class Meta(Record.Meta):
        verbose_name = "trail review"
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="trail_review_number_once"),
            models.UniqueConstraint(fields=["organization", "follows"], name="trail_review_followed_once"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="trail_review_period_ends_after_it_begins"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "place_kind", "place_id", "-ends_on"], name="trail_review_of_place")
        ]

    def anchors(self) -> dict[str, int]:
        return {} if self.place_kind == ORGANIZATION else {self.place_kind: self.place_id}


class FlagKind(models.TextChoices):
    """What makes an entry worth a look; each is computed, none is a verdict."""

    AFTER_APPROVAL = "after_approval", "Changed after approval"
    BACK_DATED = "back_dated", "Back-dated"
    AT_NIGHT = "at_night", "At night"
    BY_ADMINISTRATOR = "by_administrator", "By an administrator"
    MANY = "many", "Many in a short time"
    SAME_REASON = "same_reason", "The same reason again and again"


class TrailFlag(OrganizationModel):
    """That an entry was flagged when its review began; written once."""

    append_only = True

    review = models.ForeignKey(TrailReview, on_delete=models.PROTECT, related_name="flags")
    entry = models.ForeignKey(AuditEvent, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("flag", max_length=20, choices=FlagKind.choices)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "review", "kind", "entry"], name="trail_flag_once")
        ]

    def __str__(self) -> str:
        return f"{self.review.number}: {self.get_kind_display()}"


class TrailComment(TrackedModel):
    """What a reviewer said about an entry, the person it concerns, and what they, or who stood in, answered."""

    review = models.ForeignKey(TrailReview, on_delete=models.PROTECT, related_name="comments", verbose_name="review")
    entry = models.ForeignKey(AuditEvent, on_delete=models.PROTECT, related_name="+", verbose_name="entry")
    text = models.TextField("comment", max_length=4000)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="reviewer")
    concerns = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="concerns")
    answer = models.TextField("answer", max_length=4000, blank=True)
    answered_at = models.DateTimeField("answered", null=True, editable=False)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, editable=False, related_name="+", verbose_name="answered by"
    )

    class Meta(TrackedModel.Meta):
        verbose_name = "comment on an entry"
        indexes = [models.Index(fields=["organization", "concerns", "answered_at"], name="trail_comment_waits")]

    def __str__(self) -> str:
        return f"{self.review.number} comment on entry {self.entry_id}"

    @property
    def lane(self) -> str:
        """A comment is known to who may know of its entry."""
        return str(self.entry.lane)

    def subject(self) -> TrackedModel:
        return self.review

    def anchors(self) -> dict[str, int]:
        return self.review.anchors()

    @property
    def waits(self) -> bool:
        """Whether an answer is still to come."""
        return self.concerns_id is not None and self.answered_at is None
