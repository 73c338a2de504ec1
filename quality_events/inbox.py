"""What quality events put into the Inbox: steps that wait for quality assurance, whoever of it takes them."""

from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.deadlines.selectors import open_deadlines_of
from cqms.inbox.rows import Row
from cqms.organizations.capabilities import Capability
from quality_events.selectors import open_events, with_due
from quality_events.types import EventType, types

_MOST = 50


def waiting_for_quality(person: User) -> list[Row]:
    """The events whose next step is quality assurance's, without those that stand there by an own deadline."""
    if not reach_of(person).anywhere(Capability.ASSURE):
        return []
    own = {(each.record_kind, each.record_id) for each in open_deadlines_of(person)}
    return [row for found in types() for row in _rows(found, person, own)]


def _rows(found: EventType, person: User, own: set[tuple[str, int]]) -> list[Row]:
    states = [task.state for task in found.tasks if task.by_quality]
    if not states:
        return []
    waiting = with_due(open_events(found, person).filter(state__in=states)).order_by("pk")[:_MOST]
    return [_row(found, record) for record in waiting if (found.kind, record.pk) not in own]


def _row(found: EventType, record: object) -> Row:
    task = found.task_of(record)
    assert task is not None
    return Row(
        kind=f"{found.space}.{task.step}",
        title=str(record),
        sentence=f"{task.label} waits for quality assurance.",
        late=task.late,
        due=record.due_at,  # type: ignore[attr-defined]  # annotated by with_due
        path=record.organization.path(f"{found.space}:step", number=record.number, step=task.step),  # type: ignore[attr-defined]
        action=task.label,
        icon="event",
        tone="progress",
    )
