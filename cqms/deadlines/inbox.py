"""Deadlines in the Inbox: what this person must do soon, or should have done."""

import datetime as dt

from django.utils import timezone

from cqms.access.policies import exists_for
from cqms.accounts.models import User
from cqms.deadlines.models import Clock, Deadline
from cqms.deadlines.selectors import open_deadlines_of
from cqms.inbox.rows import Row, register

_AHEAD = dt.timedelta(days=30)

OPEN = "Open"
_acts: dict[str, str] = {}

_LATE = {
    Clock.SOP: "Late, it is reported to your manager, then to quality assurance.",
    Clock.LEGAL: "Late, the organization breaks the law.",
}


def name_act(kind: str, words: str) -> None:
    """Let the button of deadlines of a kind say what is done there; those of other kinds say `OPEN`.

    Kinds that go on behind a colon (`review:17`) are named by what stands before it.
    """
    _acts[kind] = words


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
        title=deadline.named,
        sentence=f"You answer for it.{moved}",
        late="It is late." if late else _LATE[Clock(deadline.clock)],
        due=deadline.current_due,
        path=deadline.path,
        action=_acts.get(deadline.kind.partition(":")[0], OPEN),
        tone="bad" if late else "",
        icon="calendar",
    )


register("deadline", rows_of)
