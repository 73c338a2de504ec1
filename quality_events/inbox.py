"""What quality events put into the Inbox: steps that wait for quality assurance, whoever of it takes them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q, QuerySet

from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.deadlines.selectors import due_from
from cqms.inbox.rows import MOST, Row, rest
from cqms.organizations.capabilities import Capability
from quality_events.selectors import open_events, with_due
from quality_events.types import EventType, types


def waiting_for_quality(person: User) -> list[Row]:
    """The events whose next step is quality assurance's, without those that stand there by an own deadline."""
    if not reach_of(person).anywhere(Capability.ASSURE):
        return []
    own = due_from(person)
    return [row for found in types() for row in _rows(found, person, {pk for kind, pk in own if kind == found.kind})]


def _rows(found: EventType, person: User, own: set[int]) -> list[Row]:
    tasks = [Q(state=task.state, **task.only) for task in found.tasks if task.by_quality]
    if not tasks:
        return []
    waiting = open_events(found, person).filter(reduce(or_, tasks)).exclude(pk__in=own)
    records = list(with_due(waiting).order_by("pk")[: MOST + 1])
    rows = [_row(found, record) for record in records[:MOST]]
    return [*rows, *_others(found, waiting, records[:MOST], rows)] if len(records) > MOST else rows


def _others(found: EventType, waiting: QuerySet[Any], shown: Sequence[Any], rows: Sequence[Row]) -> Iterator[Row]:
    """For each state one row of what waits in it beyond what is shown; the list shows one state at a time."""
    place = shown[0].organization.path(f"{found.space}:list")
    before = Counter(record.state for record in shown)
    for state, many in waiting.order_by().values_list("state").annotate(Count("pk")).order_by("state"):
        what = f"{found.plural} ({found.workflow.states(state).label})"
        yield from rest(rows[-1], what, many - before[state], f"{place}?state={state}")


def _row(found: EventType, record: object) -> Row:
    task = found.task_of(record)
    assert task is not None
    return Row(
        kind=f"{found.space}.{task.step}",
        title=f"{task.label}: {record}",
        sentence="Anybody of quality assurance may do it.",
        late=task.late,
        due=record.due_at,  # type: ignore[attr-defined]  # annotated by with_due
        path=record.organization.path(f"{found.space}:step", number=record.number, step=task.step),  # type: ignore[attr-defined]
        action=task.act,
        icon="event",
        tone="progress",
    )
