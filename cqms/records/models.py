"""The abstract record: number, state, lane, owner, and a life described by a workflow."""

from typing import Any, ClassVar

from django.apps import apps
from django.db import models

from cqms.accounts.models import User
from cqms.audit.models import Lane
from cqms.organizations.models import TrackedModel
from cqms.organizations.stateful import StatefulModel, state_field

__all__ = ["PartOfRecord", "Record", "StatefulModel", "find", "state_field"]


class Record(StatefulModel):
    """A numbered record of an organization."""

    number = models.CharField("number", max_length=40, editable=False)
    title = models.CharField("title", max_length=250)
    lane = models.CharField("lane", max_length=20, choices=Lane.choices, default=Lane.GENERAL, editable=False)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="owner")

    class Meta(StatefulModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class PartOfRecord(TrackedModel):
    """What belongs to a record and is told on its page – a file, a comment – in a lane of its own.

    It exists for whoever may see both lanes: its own, and that of the record.
    """

    record_kind = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    lane = models.CharField("lane", max_length=20, choices=Lane.choices, default=Lane.GENERAL, editable=False)

    trail_ignores: ClassVar[tuple[str, ...]] = ("record_kind", "record_id")

    class Meta(TrackedModel.Meta):
        abstract = True
        indexes: ClassVar = [
            models.Index(fields=["organization", "record_kind", "record_id", "id"], name="%(class)s_of_record"),
            models.Index(
                fields=["organization", "lane"],
                condition=~models.Q(lane=Lane.GENERAL),
                name="%(class)s_in_closed_lane",
            ),
        ]

    @property
    def record(self) -> TrackedModel:
        """The record it belongs to."""
        found: TrackedModel = find(self.record_kind, self.record_id)
        return found

    def subject(self) -> TrackedModel:
        return self.record.subject()

    def anchors(self) -> dict[str, int]:
        return self.record.anchors()


def find(kind: str, pk: int) -> Any:
    """The record with a generic anchor (kind, id), through both walls. Raises LookupError or DoesNotExist."""
    return apps.get_model(kind)._default_manager.get(pk=pk)
