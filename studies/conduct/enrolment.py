"""Participants against the plan: what was planned by a day, what came, and both as a picture."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from cqms.charts import kinds
from cqms.charts.drawing import Spec
from studies.models import Milestone, MilestoneKind, Study
from studies.partial_dates import first_day, last_day
from studies.selectors import Enrolment

MONTHS = 24
Months = Sequence[tuple[dt.date, Enrolment]]


@dataclass(frozen=True)
class Month:
    """One month by its first day: what came in it, what came so far, and what was planned by its end or by today."""

    first: dt.date
    came: Enrolment
    so_far: Enrolment
    planned: int | None


@dataclass(frozen=True)
class Plan:
    """So many participants, evenly spread between the planned days of the first and of the last of them."""

    first: dt.date
    last: dt.date
    participants: int

    def by(self, day: dt.date) -> int:
        """How many are planned to be enrolled at the end of a day."""
        done = ((day - self.first).days + 1) / ((self.last - self.first).days + 1)
        return round(self.participants * min(max(done, 0.0), 1.0))


def plan_of(study: Study, milestones: Mapping[str, Milestone]) -> Plan | None:
    """The plan as far as it is known; None where a day or the number is not planned, or the days are turned around."""
    days = [milestones.get(kind) for kind in (MilestoneKind.FIRST_PARTICIPANT, MilestoneKind.LAST_PARTICIPANT)]
    first, last = (each.planned_on if each else "" for each in days)
    if not (first and last and study.planned_participants):
        return None
    plan = Plan(first_day(first), last_day(last), study.planned_participants)
    return plan if plan.first <= plan.last else None


def without_gaps(noted: Months, today: dt.date) -> Months:
    """The same with every month between the first that was noted and this one."""
    if not noted:
        return []
    known, found = dict(noted), []
    month, until = noted[0][0], max(noted[-1][0], today.replace(day=1))
    while month <= until:
        found.append((month, known.get(month, Enrolment())))
        month = _end_of(month) + dt.timedelta(days=1)
    return found


def finding(enrolled: int, plan: Plan | None, today: dt.date) -> str:
    """In a sentence how many are enrolled, and against the plan of today."""
    people = "1 participant is" if enrolled == 1 else f"{enrolled:,} participants are"
    if plan is None:
        return f"{people} enrolled."
    wanted = plan.by(today)
    if enrolled == wanted:
        return f"{people} enrolled, as many as planned by now."
    return (
        f"{people} enrolled, {abs(enrolled - wanted):,} {'more' if enrolled > wanted else 'fewer'} than planned by now."
    )


def months_with_plan(months: Months, plan: Plan | None, today: dt.date) -> list[Month]:
    """The months with what came so far and, where there is a plan, what was planned."""
    so_far = accumulate(came for _, came in months)
    return [
        Month(first, came, whole, plan.by(min(_end_of(first), max(today, first))) if plan else None)
        for (first, came), whole in zip(months, so_far, strict=True)
    ]


def picture(months: Sequence[Month]) -> Spec:
    """Screened and enrolled so far by month, and the plan where there is one; the latest months."""
    shown = [(f"{each.first:%b %Y}", each) for each in months[-MONTHS:]]
    found = [
        kinds.Line("screened", "neutral", [(at, each.so_far.screened) for at, each in shown]),
        kinds.Line("enrolled", "progress", [(at, each.so_far.enrolled) for at, each in shown]),
    ]
    planned = [(at, float(each.planned)) for at, each in shown if each.planned is not None]
    if planned:
        found.append(kinds.Line("planned", "warn", planned, is_dashed=True))
    return kinds.lines(found, order=[at for at, _ in shown], across="", up="participants so far")


def _end_of(month: dt.date) -> dt.date:
    return (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
