"""The abstract record: number, state, lane, owner, and a life described by a workflow."""

from typing import Any

from django.apps import apps
from django.db import models

from cqms.accounts.models import User
from cqms.audit.models import Lane
from cqms.organizations.stateful import StatefulModel, state_field

__all__ = ["Record", "StatefulModel", "find", "state_field"]


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
