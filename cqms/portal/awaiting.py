"""Rows of the Inbox as the pages show them: days in the organization's zone, and how urgent they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from cqms.inbox.rows import Row, things
from cqms.organizations.models import Organization
from cqms.organizations.scope import today
from cqms.ui import times
from cqms.ui.components import Tasks
from cqms.ui.items import Task

_SOON = timedelta(days=1)
_WEEK = timedelta(days=7)
GROUPS = ("Late", "Today and tomorrow", "Next seven days", "Later", "Without a date")

_NAMES = {"news": "News", "deadline": "Deadlines"}


@dataclass(frozen=True)
class Group:
    """Rows that are about equally urgent."""

    title: str
    tasks: Tasks
    count: int


def tasks_of(rows: Iterable[Row], organization: Organization | None = None) -> Tasks:
    """Rows as tasks. Without an organization each says which one it comes from."""
    return Tasks([task_of(row, organization) for row in rows])


def task_of(row: Row, organization: Organization | None = None) -> Task:
    """One row as a task; `organization` is the open one, and without it the row names its own."""
    due = due_on(row, organization)
    where = f"{row.organization}: " if organization is None and row.organization else ""
    return Task(
        title=row.title,
        href=row.path,
        sentence=f"{where}{row.sentence}",
        late=row.late,
        act=row.action,
        icon=row.icon,
        tone=row.tone or (times.urgency(due, today_of(row, organization)) if due else ""),
        due=due,
        today=today_of(row, organization),
    )


def due_on(row: Row, organization: Organization | None) -> date | None:
    """The day by which a row is due, in the zone of its organization; None without one."""
    if row.due is None:
        return None
    place = organization or row.organization
    return place.day_of(row.due) if place else times.as_day(row.due)


def today_of(row: Row, organization: Organization | None) -> date:
    """The day it is now where the row comes from: what is late there is late, wherever its reader is."""
    place = organization or row.organization
    return place.today() if place else today()


def grouped(rows: Iterable[Row], organization: Organization | None = None) -> list[Group]:
    """The rows by urgency, late ones first; groups without rows are left out."""
    parts: dict[str, list[Row]] = {title: [] for title in GROUPS}
    for row in rows:
        parts[_group(due_on(row, organization), today_of(row, organization))].append(row)
    return [Group(title, tasks_of(part, organization), things(part)) for title, part in parts.items() if part]


def kinds_of(rows: Iterable[Row]) -> Mapping[str, str]:
    """The kinds among the rows, with their names on screen."""
    return {row.kind: _NAMES.get(row.kind, _in_words(row.kind)) for row in rows}


def _in_words(kind: str) -> str:
    words = kind.rpartition(".")[2].replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}"


def _group(due: date | None, today: date) -> str:
    if due is None:
        return GROUPS[4]
    left = due - today
    if left < timedelta(0):
        return GROUPS[0]
    if left <= _SOON:
        return GROUPS[1]
    return GROUPS[2] if left <= _WEEK else GROUPS[3]
