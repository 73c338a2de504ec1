"""The abstract record: number, state, lane, owner, and a life described by a workflow."""

from typing import Any, ClassVar

from django.apps import apps
from django.db import models

from cqms.accounts.models import User
from cqms.audit.models import Lane
from cqms.organizations.models import TrackedModel


def state_field(states: type[models.TextChoices]) -> Any:
    """The state of a record: begins in the first of the states and is assigned by the workflow engine only."""
    return models.CharField("state", max_length=30, choices=states.choices, default=states.values[0], editable=False)


class StatefulModel(TrackedModel):
    """A tracked row with a life. Each model declares `state = state_field(ItsStates)`.

    `signed_fields` are what a signature covers; `state_revision` is the revision at which the state was entered.
    """

    state_revision = models.PositiveIntegerField(default=1, editable=False)

    trail_ignores: ClassVar[tuple[str, ...]] = ("state_revision",)
    signed_fields: ClassVar[tuple[str, ...]] = ()

    class Meta(TrackedModel.Meta):
        abstract = True

    def is_controlled(self) -> bool:
        """Reasons are asked for once the record has left its first state."""
        states = {field.name: field.default for field in self._meta.concrete_fields}
        return getattr(self, "state", None) != states.get("state")


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


def find(kind: str, pk: int) -> Any:
    """The record with a generic anchor (kind, id), through both walls. Raises LookupError or DoesNotExist."""
    return apps.get_model(kind)._default_manager.get(pk=pk)
