"""The base of every history table, and the tracking that fills it."""

from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords

from cqms.history.action import current_action, current_action_id


class HistoryRow(models.Model):
    """What each history row carries beside the whole row it keeps.

    The database overwrites `transaction_id` with its own transaction number, so that nobody can choose it.
    """

    action_id = models.UUIDField(default=current_action_id, editable=False)
    transaction_id = models.BigIntegerField(default=0, editable=False)

    class Meta:
        abstract = True


def _user_id_of(row: Any) -> int | None:
    return row.history_user_id


def _set_user_id(row: Any, user_id: int | None) -> None:
    row.history_user_id = user_id


def _acting_person(**_: Any) -> int | None:
    return current_action().actor_id


class Tracking(HistoricalRecords):
    """History whose person and reason come from the open action, never from the web request."""

    def __init__(self, *, base: type[models.Model] = HistoryRow, **options: Any) -> None:
        """`base` is the abstract model that history rows extend; other options are those of HistoricalRecords."""
        defaults: dict[str, Any] = {
            "bases": [base],
            "history_id_field": models.BigAutoField(),
            "history_user_id_field": models.BigIntegerField(null=True),
            "history_user_getter": _user_id_of,
            "history_user_setter": _set_user_id,
            "history_change_reason_field": models.TextField(blank=True, default=""),
            "get_user": _acting_person,
            "inherit": True,
        }
        super().__init__(**(defaults | options))

    def get_change_reason_for_object(self, instance: models.Model, history_type: str, using: str | None) -> str:
        return current_action().reason
