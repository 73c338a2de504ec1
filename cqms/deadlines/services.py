"""Deadlines: opened once, moved only by two people, met or cancelled by one."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from cqms.access.segregation import EXTENSION_BY_TWO
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import kind_of
from cqms.audit.refusals import Denied, ReasonMissing, Refused, WrongState, refusable
from cqms.deadlines.clocks import Alarm
from cqms.deadlines.models import Clock, Deadline, Extension
from cqms.history.action import action
from cqms.organizations.models import TrackedModel
from cqms.organizations.scope import current_organization

_PAST = {"meet": "met", "cancel": "cancelled"}


class NotLater(Refused):
    """An extension must move a deadline later."""

    status = 422
    field = "due"


@dataclass(frozen=True)
class Duty:
    """What is due: its kind, its words ("Periodic review of SOP-0003"), the path where it is done, whose clock runs.

    `alarms` replace the reminders of our own procedure: they come at their moments, also to the head of quality.
    """

    kind: str
    label: str
    path: str
    clock: Clock = Clock.SOP
    alarms: Sequence[Alarm] = ()


def open_deadline(record: TrackedModel, duty: Duty, *, due: dt.date, owner: User, actor: User | None) -> Deadline:
    """Begin a deadline of a record. A date means the end of that day in the organization's zone.

    One open deadline of a kind at a time on a record: a second is an IntegrityError, because two dates for one
    thing is nobody's intention.
    """
    moment = due_moment(due)
    deadline = Deadline(
        kind=duty.kind,
        label=duty.label[:200],
        record_kind=kind_of(record),
        record_id=record.pk,
        path=duty.path,
        owner=owner,
        clock=duty.clock,
        original_due=moment,
        current_due=moment,
        alarms=[[each.key, each.at.isoformat()] for each in duty.alarms],
    )
    deadline.record = record
    return audit.save(deadline, actor=actor, verb="open deadline", sentence=f"set a deadline: {duty.label}")


def extend(deadline: Deadline, *, due: dt.date, reason: str, requested_by: User, approved_by: User) -> Deadline:
    """Move an open deadline later. Raises Denied, NotLater, ReasonMissing or WrongState; a legal one never moves."""
    moment = due_moment(due)
    with refusable(deadline, actor=approved_by, attempt=f"extend the deadline {deadline.label}"):
        row = _lock(deadline)
        _check_extension(row, moment, reason, requested_by, approved_by)
        with action(approved_by.pk, reason.strip()):
            Extension.objects.create(
                deadline=row,
                due_before=row.current_due,
                due_after=moment,
                reason=reason.strip(),
                requested_by=requested_by,
                approved_by=approved_by,
            )
            row.current_due = moment
            sentence = f"extended the deadline {row.label}, as {requested_by} asked"
            return audit.save(row, actor=approved_by, verb="extend", sentence=sentence, reason=reason)


def meet(deadline: Deadline, *, actor: User | None) -> Deadline:
    """Note that it was done, in time or not; a deadline that is not open any more stays as it is."""
    return _end(deadline, "met_at", actor=actor, verb="meet")


def cancel(deadline: Deadline, *, actor: User | None, reason: str) -> Deadline:
    """End a deadline that somebody decides to end; their reason is part of the trail."""
    return _end(deadline, "cancelled_at", actor=actor, verb="cancel", reason=reason)


def drop(deadline: Deadline, *, actor: User | None, because: str) -> Deadline:
    """End a deadline that has gone with something else that `actor` did; `because` goes on in the trail's sentence.

    Nobody gave a reason for this, so none stands there: a reason is what a person says.
    """
    return _end(deadline, "cancelled_at", actor=actor, verb="cancel", because=because)


def hand_over(deadline: Deadline, *, to: User, actor: User, reason: str = "", because: str = "") -> Deadline:
    """Let another person answer for an open deadline; its dates stay as they are.

    Somebody decides it and gives a `reason`, or it follows from something else: `because` says from what.
    """
    with transaction.atomic():
        row = _lock(deadline)
        if row.is_open and row.owner_id != to.pk:
            row.owner = to
            sentence = _because(f"handed over the deadline {row.label}", because)
            audit.save(row, actor=actor, verb="hand over", sentence=sentence, reason=reason, in_step=bool(because))
        return row


def due_moment(due: dt.date) -> dt.datetime:
    """A moment as it is; a date becomes its last second in the zone of the open organization."""
    if isinstance(due, dt.datetime):
        return due
    return end_of(due, current_organization().timezone)


def end_of(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The last second of a day in a zone: what is due on the day is late after it."""
    return dt.datetime.combine(day, dt.time(23, 59, 59), zone)


def _check_extension(row: Deadline, moment: dt.datetime, reason: str, requested_by: User, approved_by: User) -> None:
    if not row.is_open:
        raise WrongState("This deadline is not open any more.")
    if row.clock == Clock.LEGAL:
        raise Denied("The law sets this deadline: it cannot be extended.")
    if requested_by.pk == approved_by.pk:
        raise Denied(EXTENSION_BY_TWO.sentence)
    if moment <= row.current_due:
        raise NotLater("The new date must be later than the present one.")
    if not reason.strip():
        raise ReasonMissing("Give the reason: it becomes part of the trail.")


def _end(
    deadline: Deadline, moment_field: str, *, actor: User | None, verb: str, reason: str = "", because: str = ""
) -> Deadline:
    with transaction.atomic():
        row = _lock(deadline)
        if row.is_open:
            setattr(row, moment_field, timezone.now())
            sentence = _because(f"{_PAST[verb]} the deadline {row.label}", because)
            audit.save(row, actor=actor, verb=verb, sentence=sentence, reason=reason, in_step=bool(because))
        return row


def _because(sentence: str, because: str) -> str:
    return f"{sentence}, because {because}" if because else sentence


def _lock(deadline: Deadline) -> Deadline:
    found: Deadline = Deadline.objects.select_for_update(of=("self",)).get(pk=deadline.pk)
    return found
