"""What every quality event has, and the links between events and whatever else they concern."""

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from cqms.accounts.models import User, check_zone
from cqms.audit.models import Lane
from cqms.organizations.models import TrackedModel
from cqms.records.models import find
from studies.models import Site, StudyRecord


class Severity(models.TextChoices):
    """How bad it is or could become, for participants or for the data."""

    MINOR = "minor", "Minor"
    MAJOR = "major", "Major"
    CRITICAL = "critical", "Critical"


def latest_today() -> dt.date:
    """The day of today where it is latest on Earth: a day after it has come nowhere."""
    return timezone.now().astimezone(dt.timezone(dt.timedelta(hours=14))).date()


class EventRecord(StudyRecord):
    """What all types share: number, title, state, owner, study and site, who opened it, and what it is about."""

    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="site"
    )
    description = models.TextField("description", max_length=8000)
    reporter = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="reported by")

    controlled_fields: ClassVar[tuple[str, ...]] = ("title", "description", "study", "site", "owner")
    signed_fields: ClassVar[tuple[str, ...]] = ("number", "title", "description", "study", "site")

    class Meta(StudyRecord.Meta):
        abstract = True
        constraints = [models.UniqueConstraint(fields=["organization", "number"], name="%(class)s_number_once")]
        indexes = [
            models.Index(fields=["organization", "study", "-id"], name="%(class)s_of_study"),
            models.Index(fields=["organization", "state", "-id"], name="%(class)s_by_state"),
            models.Index(
                fields=["organization", "lane"],
                condition=models.Q(lane__in=[Lane.UNBLINDED, Lane.CONFIDENTIAL]),
                name="%(class)s_closed_lane",
            ),
        ]


class QualityEvent(EventRecord):
    """Something that happened: when it did, when it was found, and when the organization came to know.

    The days are those of the place where it happened; `aware_at` is a moment, told in `zone` (an IANA name).
    """

    occurred_on = models.DateField("occurred on", null=True, blank=True)
    discovered_on = models.DateField("discovered on")
    aware_at = models.DateTimeField("organization aware")
    zone = models.CharField("time zone", max_length=64, default="UTC", validators=[check_zone])
    noticed_by = models.CharField("noticed by", max_length=200, blank=True)

    controlled_fields: ClassVar[tuple[str, ...]] = (
        *EventRecord.controlled_fields, "occurred_on", "discovered_on", "aware_at", "zone",
    )  # fmt: skip
    signed_fields: ClassVar[tuple[str, ...]] = (
        *EventRecord.signed_fields, "occurred_on", "discovered_on", "aware_at", "zone",
    )  # fmt: skip

    class Meta(EventRecord.Meta):
        abstract = True


class LoggedEvent(QualityEvent):
    """A deviation, which is logged within the days of the settings.

    `log_due_on` is the last day on which it was logged in time, by the settings of the day `logged_on`.
    """

    logged_on = models.DateField("logged on", null=True, editable=False)
    log_due_on = models.DateField("to be logged by", null=True, editable=False)

    class Meta(QualityEvent.Meta):
        abstract = True

    @property
    def was_late(self) -> bool:
        """Whether it was logged later than the settings of that day allow."""
        return bool(self.logged_on and self.log_due_on and self.logged_on > self.log_due_on)


class EventLink(TrackedModel):
    """That one record has to do with another, and why: events with events, documents, sites, people, CAPAs.

    Told on the page of the record it was made from, shown on both. It ends by being withdrawn with a reason.
    """

    from_kind = models.CharField(max_length=60)
    from_id = models.BigIntegerField()
    to_kind = models.CharField(max_length=60)
    to_id = models.BigIntegerField()
    to_label = models.CharField("linked with", max_length=300)
    why = models.CharField("why", max_length=500)
    withdrawn_at = models.DateTimeField("withdrawn", null=True, editable=False)

    trail_ignores: ClassVar[tuple[str, ...]] = ("from_kind", "from_id", "to_kind", "to_id")
    controlled_fields: ClassVar[tuple[str, ...]] = ("why", "withdrawn_at")

    class Meta(TrackedModel.Meta):
        verbose_name = "link"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "from_kind", "from_id", "to_kind", "to_id"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="linked_once",
            )
        ]
        indexes = [models.Index(fields=["organization", "to_kind", "to_id"], name="link_from_the_other_end")]

    def __str__(self) -> str:
        return f"Link with {self.to_label}"

    @property
    def record(self) -> Any:
        """The record it was made from."""
        return find(self.from_kind, self.from_id)

    @property
    def lane(self) -> str:
        """As closed as the record on whose page it is told."""
        return getattr(self.record, "lane", Lane.GENERAL)

    def subject(self) -> TrackedModel:
        return self.record.subject()

    def anchors(self) -> dict[str, int]:
        return self.record.anchors()
