"""Deadlines in the Inbox: what this person must do soon, or should have done."""

import datetime as dt

from django.utils import timezone

from cqms.access.policies import exists_for
from cqms.accounts.models import User
from cqms.deadlines.models import Clock, Deadline
from cqms.deadlines.selectors import open_deadlines_of
from cqms.inbox.rows import Row, register

_AHEAD = dt.timedelta(days=30)

_LATE = {
    Clock.SOP: "Late, it is reported to your manager, then to quality assurance.",
    Clock.LEGAL: "Late, the organization breaks the law.",
}


def rows_of(person: User) -> list[Row]:
    """The person's open deadlines of the next 30 days, and all that are late."""
    now = timezone.now()
    near = [each for each in open_deadlines_of(person) if each.current_due <= now + _AHEAD]
    return [_row(each, now) for each in near if exists_for(person, each.record)]


def _row(deadline: Deadline, now: dt.datetime) -> Row:
    late = deadline.is_late(now)
    moved = f" First due on {deadline.original_due_on:%-d %B %Y}." if deadline.was_extended else ""
    return Row(
        kind="deadline",
        title=deadline.label,
        sentence=f"You answer for it.{moved}",
        late="It is late." if late else _LATE[Clock(deadline.clock)],
        due=deadline.current_due,
        path=deadline.path,
        action="Open",
        tone="bad" if late else "",
        icon="calendar",
    )


register("deadline", rows_of)
