"""The initial report: what, when, where and who noticed, in the words of who was there."""

from typing import ClassVar

from django.db import models

from cqms.records.models import state_field
from quality_events.models import QualityEvent


class ReportState(models.TextChoices):
    """What became of a report."""

    RECEIVED = "received", "To triage"
    OPENED = "opened", "Event opened"
    NO_EVENT = "no_event", "Not an event"
    DUPLICATE = "duplicate", "Duplicate"


class InitialReport(QualityEvent):
    """A report as it came in. Triage opens a record of a type that is linked with it; its own words stay."""

    state = state_field(ReportState)
    place = models.CharField("where", max_length=300, blank=True)

    controlled_fields: ClassVar[tuple[str, ...]] = (*QualityEvent.controlled_fields, "place")

    class Meta(QualityEvent.Meta):
        verbose_name = "initial report"
