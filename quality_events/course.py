"""The bar of life-cycle states: where an event is, who brought it into each state so far, and on which day."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.db.models import QuerySet
from django.utils.html import format_html

from cqms.access.parts import lanes_open_to
from cqms.accounts.models import User
from cqms.audit.models import AuditEvent, Lane, kind_of
from cqms.organizations.prepared import Prepared
from cqms.ui import times
from cqms.ui.components import Lifecycle
from cqms.ui.items import Stage
from cqms.workflow.engine import Workflow

_PASSED_OVER = "passed over"


@dataclass(frozen=True)
class Path:
    """The states of a life in their usual order."""

    usual: Sequence[str]

    def of(self, record: Any, workflow: Workflow, reader: User) -> Lifecycle:
        """Where the record is; one that left the usual way shows the states it went through, and that it ends there.

        One query.
        """
        told = entered(record, reader)
        states, now = [workflow.states(each).label for each in self.usual], workflow.states(record.state).label
        if now not in states:
            states = [each for at, each in enumerate(states) if at == 0 or each in told] + [now]
        at = states.index(now)
        return Lifecycle([Stage(each, _note(told, each, at - number)) for number, each in enumerate(states)], now)


def entered(record: Any, reader: User) -> dict[str, AuditEvent]:
    """The entry of the trail that last brought a record into each of its states, as far as it exists for the reader."""
    rows = _entries(tuple(lanes_open_to(reader, record))).ask(kind=kind_of(record), pk=record.pk)
    return {each["new"]: row for row in rows for each in row.changes if each["field"] == "state"}


def _note(told: dict[str, AuditEvent], state: str, ago: int) -> object:
    """Who and when; of a state to come nothing, whatever was before the record went back."""
    entry = told.get(state) if ago >= 0 else None
    if entry is not None:
        return format_html("{}, {}", entry.actor_name, times.day(entry.at))
    return _PASSED_OVER if ago > 0 and told else ""


def _build(kind: str, pk: int, *, lanes: Sequence[Lane]) -> QuerySet[AuditEvent]:
    own = AuditEvent.objects.filter(subject_kind=kind, subject_id=pk, record_kind=kind, record_id=pk, lane__in=lanes)
    return own.filter(changes__contains=[{"field": "state"}]).order_by("id")


@cache
def _entries(lanes: tuple[Lane, ...]) -> Prepared[AuditEvent]:
    return Prepared(partial(_build, lanes=lanes), kind=str, pk=int)
