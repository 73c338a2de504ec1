"""Reminders, each exactly once: those of our own procedure by days, the alarms of a legal clock at their moments.

The row of a reminder, the notifications and the lock on the deadline share one transaction: whoever is killed in the
middle has sent nothing, and whoever comes at the same time finds the row. Nobody can switch an alarm off.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cqms.access.policies import exists_for
from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.deadlines.clocks import remaining
from cqms.deadlines.models import Deadline, Reminder
from cqms.deadlines.selectors import open_deadlines
from cqms.notifications.services import Message, notify
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership, Organization
from cqms.organizations.scope import scope


@dataclass(frozen=True)
class Step:
    """A reminder, the moment it falls on, and who hears of it besides the owner and who stands in for them."""

    key: str
    at: dt.datetime
    manager: bool = False
    quality: bool = False
    head: bool = False


LAST = "T+15"
_DAYS = (("T-7", -7), ("T0", 0), ("T+5", 5), (LAST, 15))
_LATE = ("T+5", LAST)
_MOST_AHEAD = dt.timedelta(days=8)


def steps_of(deadline: Deadline) -> list[Step]:
    """The reminders of a deadline in order.

    Of our own procedure: a week before, on the day, five days late (quality assurance too) and fifteen (the head of
    quality too), each from the first minute of its day in the organization's zone. A deadline with alarms: at each of
    them and when it is due, told to quality assurance and the head of quality from the first on.
    """
    zone, day = deadline.organization.timezone, deadline.due_on
    midnights = {key: dt.datetime.combine(day + dt.timedelta(days=days), dt.time(), zone) for key, days in _DAYS}
    if not deadline.alarms:
        return [
            Step(key, at, manager=days >= 0, quality=days > 0, head=key == LAST)
            for (key, days), at in zip(_DAYS, midnights.values(), strict=True)
        ]
    moments = [*deadline.alarm_moments(), ("due", deadline.current_due), *((key, midnights[key]) for key in _LATE)]
    return [Step(key, at, manager=True, quality=True, head=True) for key, at in moments]


def remind(organization: Organization, now: dt.datetime | None = None) -> int:
    """Send every reminder that is due in an organization; how many deadlines were reminded of.

    Of several steps that were missed only the last is sent; the others are noted as passed over.
    """
    moment = now or timezone.now()
    with scope(organization):
        waiting = [deadline.pk for deadline in _candidates(moment) if _step_to_do(deadline, moment)]
    return sum(_remind_one(organization, pk, moment) for pk in waiting)


def _candidates(now: dt.datetime) -> list[Deadline]:
    last = Reminder.objects.filter(deadline=OuterRef("pk"), current_due=OuterRef("current_due"), step=LAST)
    near = Q(current_due__lte=now + _MOST_AHEAD) | ~Q(alarms=[])
    rows = open_deadlines().filter(~Exists(last), near)
    return list(rows.prefetch_related("reminders"))


def _step_to_do(deadline: Deadline, now: dt.datetime) -> Step | None:
    reached = [step for step in steps_of(deadline) if step.at <= now]
    return reached[-1] if reached and reached[-1].key not in _done(deadline) else None


def _remind_one(organization: Organization, pk: int, now: dt.datetime) -> bool:
    with scope(organization):
        locked = open_deadlines().select_for_update(of=("self",), skip_locked=True)
        deadline = locked.filter(pk=pk).first()
        step = _step_to_do(deadline, now) if deadline else None
        if deadline is None or step is None:
            return False
        _note(deadline, step)
        for person in _recipients(deadline, step):
            _tell(deadline, step, person, now)
    return True


def _done(deadline: Deadline) -> set[str]:
    return {row.step for row in deadline.reminders.all() if row.current_due == deadline.current_due}


def _note(deadline: Deadline, step: Step) -> None:
    done = _done(deadline)
    Reminder.objects.bulk_create(
        Reminder(deadline=deadline, step=each.key, current_due=deadline.current_due, skipped=each != step)
        for each in steps_of(deadline)
        if each.at <= step.at and each.key not in done
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
    if step.manager and membership is not None and membership.manager is not None:
        yield membership.manager
    if step.quality:
        yield from people_with(Capability.ASSURE, deadline.record)
    if step.head:
        yield from people_with(Capability.HEAD, deadline.record)


def _tell(deadline: Deadline, step: Step, person: User, now: dt.datetime) -> None:
    distance, sentence = (_clock_words if deadline.alarms else _day_words)(deadline, now)
    who = "You answer for it." if person.pk == deadline.owner_id else f"{deadline.owner} answers for it."
    notify(
        person,
        Message(
            key=f"deadline:{deadline.pk}:{step.key}:{deadline.due_on}",
            subject=f"{distance}: {deadline.named}",
            body=f"{sentence} {who}",
            path=deadline.path,
            stands_alone=bool(deadline.alarms) or person.pk != deadline.owner_id,
        ),
        record=deadline.record,
    )


def _clock_words(deadline: Deadline, now: dt.datetime) -> tuple[str, str]:
    """The time left on a legal clock, and the sentence with the moment in the organization's zone."""
    due = deadline.current_due.astimezone(deadline.organization.timezone)
    verb = "was" if due < now else "is"
    words = f"{deadline.named} {verb} due on {due:%-d %B %Y at %H:%M} ({deadline.organization.zone})."
    return remaining(due, now).capitalize(), f"{words} The law sets this time: it is not extended."


def _day_words(deadline: Deadline, now: dt.datetime) -> tuple[str, str]:
    """The days until it is due, and the sentence with the day."""
    days = (deadline.due_on - deadline.organization.day_of(now)).days
    verb = "was" if days < 0 else "is"
    moved = f" It was first due on {deadline.original_due_on:%-d %B %Y}." if deadline.was_extended else ""
    return _distance(days), f"{deadline.named} {verb} due on {deadline.due_on:%-d %B %Y}.{moved}"


def _distance(days: int) -> str:
    if days == 0:
        return "Due today"
    count = f"{abs(days)} day{'s' if abs(days) != 1 else ''}"
    return f"Due in {count}" if days > 0 else f"{count} late"
