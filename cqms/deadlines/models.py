"""Deadlines, how they were extended, and which reminders were sent."""

import datetime as dt
from functools import cached_property
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit.models import Lane
from cqms.organizations.models import OrganizationModel, TrackedModel
from cqms.records.models import find


class Clock(models.TextChoices):
    """Who set the time: our own procedure, or the law. A legal clock is never extended."""

    SOP = "SOP", "Own procedure"
    LEGAL = "LEGAL", "Law"


class Deadline(TrackedModel):
    """By when one person must have done something about a record.

    `original_due` never changes, the database sees to it; `current_due` moves by approved extensions only (ICH E6(R3)
    3.10: metrics need the date first promised). Both are moments: the last second of the due day in the
    organization's zone, unless the law counts to the minute. `path` leads to the page where it is done. `alarms` are
    the moments of a legal clock at which people are told, by short name: the database fixes them.
    """

    kind = models.CharField("kind", max_length=60)
    label = models.CharField("what is due", max_length=200)
    record_kind = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    path = models.CharField(max_length=500)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="owner")
    clock = models.CharField("set by", max_length=10, choices=Clock.choices, default=Clock.SOP)
    original_due = models.DateTimeField("first due", editable=False)
    current_due = models.DateTimeField("due")
    met_at = models.DateTimeField("met", null=True)
    cancelled_at = models.DateTimeField("cancelled", null=True)
    alarms = models.JSONField(default=list, blank=True, editable=False)

    controlled_fields: ClassVar[tuple[str, ...]] = ("current_due", "owner", "cancelled_at")
    trail_ignores: ClassVar[tuple[str, ...]] = ("record_kind", "record_id", "path", "kind", "alarms")

    class Meta(TrackedModel.Meta):
        verbose_name = "deadline"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "kind", "record_kind", "record_id"],
                condition=Q(met_at__isnull=True, cancelled_at__isnull=True),
                name="deadline_open_once",
            ),
            models.CheckConstraint(condition=Q(current_due__gte=F("original_due")), name="deadline_moves_later_only"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "current_due"],
                condition=Q(met_at__isnull=True, cancelled_at__isnull=True),
                name="deadline_open_by_due",
            ),
            models.Index(fields=["organization", "record_kind", "record_id"], name="deadline_of_record"),
        ]

    def __str__(self) -> str:
        return self.label

    @cached_property
    def record(self) -> TrackedModel:
        """The record it is about."""
        found: TrackedModel = find(self.record_kind, self.record_id)
        return found

    @property
    def named(self) -> str:
        """Its words, in which the record is named whole: nobody knows their records by number alone."""
        about = self.record.subject()
        number = getattr(about, "number", "")
        return self.label.replace(number, str(about), 1) if number else self.label

    @property
    def lane(self) -> str:
        """As open as the record."""
        return getattr(self.record, "lane", Lane.GENERAL)

    def subject(self) -> TrackedModel:
        return self.record.subject()

    def anchors(self) -> dict[str, int]:
        return self.record.anchors()

    @property
    def is_open(self) -> bool:
        """Whether it is neither met nor cancelled."""
        return self.met_at is None and self.cancelled_at is None

    @property
    def was_extended(self) -> bool:
        """Whether more time was given."""
        return self.current_due != self.original_due

    @property
    def original_due_on(self) -> dt.date:
        """The day first promised, in the organization's zone."""
        return self.organization.day_of(self.original_due)

    @property
    def due_on(self) -> dt.date:
        """The day that holds now, in the organization's zone."""
        return self.organization.day_of(self.current_due)

    def alarm_moments(self) -> list[tuple[str, dt.datetime]]:
        """The alarms in order, each with its moment."""
        return [(key, dt.datetime.fromisoformat(at)) for key, at in self.alarms]

    def is_late(self, now: dt.datetime) -> bool:
        """Whether it is open after its time."""
        return self.is_open and self.current_due < now


class Extension(OrganizationModel):
    """That a deadline was moved, why, who asked and who allowed it."""

    append_only = True

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="extensions")
    due_before = models.DateTimeField()
    due_after = models.DateTimeField()
    reason = models.TextField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(requested_by=F("approved_by")), name="extension_by_two_people"),
            models.CheckConstraint(condition=Q(due_after__gt=F("due_before")), name="extension_moves_later"),
        ]

    def __str__(self) -> str:
        return f"Extension of {self.deadline}"


class Reminder(OrganizationModel):
    """That a step of reminding was done for a due moment, or passed over because a later one was due already."""

    append_only = True

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="reminders")
    step = models.CharField(max_length=4)
    current_due = models.DateTimeField()
    skipped = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "deadline", "step", "current_due"], name="reminded_once")
        ]

    def __str__(self) -> str:
        return f"{self.step} of {self.deadline}"
