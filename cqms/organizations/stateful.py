"""Rows with a life: their state is assigned by the workflow engine only."""

from typing import Any, ClassVar

from django.db import models

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
