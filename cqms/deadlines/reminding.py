"""Reminders, each exactly once: a week before, on the day, five days late and fifteen days late.

The row of a reminder, the notifications and the lock on the deadline share one transaction: whoever is killed in the
middle has sent nothing, and whoever comes at the same time finds the row.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils import timezone

from cqms.access.policies import exists_for
from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.deadlines.models import Deadline, Reminder
from cqms.deadlines.selectors import open_deadlines
from cqms.notifications.services import Message, notify
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership, Organization
from cqms.organizations.scope import scope


@dataclass(frozen=True)
class Step:
    """A reminder and the day it falls on, counted from the due day in the organization's zone."""

    key: str
    day: int


STEPS = (Step("T-7", -7), Step("T0", 0), Step("T+5", 5), Step("T+15", 15))


def remind(organization: Organization, now: dt.datetime | None = None) -> int:
    """Send every reminder that is due in an organization; how many deadlines were reminded of.

    Of several steps that were missed only the last is sent; the others are noted as passed over.
    """
    moment = now or timezone.now()
    today = moment.astimezone(organization.timezone).date()
    with scope(organization):
        waiting = [deadline.pk for deadline in _candidates(moment) if _step_to_do(deadline, today)]
    return sum(_remind_one(organization, pk, today) for pk in waiting)


def _candidates(now: dt.datetime) -> list[Deadline]:
    last = Reminder.objects.filter(deadline=OuterRef("pk"), current_due=OuterRef("current_due"), step=STEPS[-1].key)
    near = now + dt.timedelta(days=1 - STEPS[0].day)
    rows = open_deadlines().filter(~Exists(last), current_due__lte=near)
    return list(rows.prefetch_related("reminders"))


def _step_to_do(deadline: Deadline, today: dt.date) -> Step | None:
    reached = [step for step in STEPS if (today - deadline.due_on).days >= step.day]
    return reached[-1] if reached and reached[-1].key not in _done(deadline) else None


def _remind_one(organization: Organization, pk: int, today: dt.date) -> bool:
    with scope(organization):
        locked = open_deadlines().select_for_update(of=("self",), skip_locked=True)
        deadline = locked.filter(pk=pk).first()
        step = _step_to_do(deadline, today) if deadline else None
        if deadline is None or step is None:
            return False
        _note(deadline, step)
        for person in _recipients(deadline, step):
            _tell(deadline, step, person, today)
    return True


def _done(deadline: Deadline) -> set[str]:
    return {row.step for row in deadline.reminders.all() if row.current_due == deadline.current_due}


def _note(deadline: Deadline, step: Step) -> None:
    done = _done(deadline)
    Reminder.objects.bulk_create(
        Reminder(deadline=deadline, step=each.key, current_due=deadline.current_due, skipped=each != step)
        for each in STEPS
        if each.day <= step.day and each.key not in done
    )


def _recipients(deadline: Deadline, step: Step) -> list[User]:
    """Who is told: members who may know of the record; quality assurance where nobody of them is left."""
    wanted = {person.pk: person for person in _wanted(deadline, step)}
    told = [person for person in wanted.values() if exists_for(person, deadline.record)]
    return told or people_with(Capability.ASSURE, deadline.record)


def _wanted(deadline: Deadline, step: Step) -> Iterator[User]:
    yield deadline.owner
    membership = Membership.objects.select_related("manager", "delegate").filter(user=deadline.owner).first()
    if membership is not None and membership.is_away():
        yield membership.delegate
    if step.day >= 0 and membership is not None and membership.manager is not None:
        yield membership.manager
    if step.day > 0:
        yield from people_with(Capability.ASSURE, deadline.record)
    if step == STEPS[-1]:
        yield from people_with(Capability.HEAD, deadline.record)


def _tell(deadline: Deadline, step: Step, person: User, today: dt.date) -> None:
    days = (deadline.due_on - today).days
    notify(
        person,
        Message(
            key=f"deadline:{deadline.pk}:{step.key}:{deadline.due_on}",
            subject=f"{_distance(days)}: {deadline.label}",
            body=_sentence(deadline, person, days),
            path=deadline.path,
            stands_alone=person.pk != deadline.owner_id,
        ),
        record=deadline.record,
    )


def _distance(days: int) -> str:
    if days == 0:
        return "Due today"
    count = f"{abs(days)} day{'s' if abs(days) != 1 else ''}"
    return f"Due in {count}" if days > 0 else f"{count} late"


def _sentence(deadline: Deadline, person: User, days: int) -> str:
    verb = "was" if days < 0 else "is"
    moved = f" It was first due on {deadline.original_due_on:%-d %B %Y}." if deadline.was_extended else ""
    who = "You answer for it." if person.pk == deadline.owner_id else f"{deadline.owner} answers for it."
    return f"{deadline.label} {verb} due on {deadline.due_on:%-d %B %Y}.{moved} {who}"
