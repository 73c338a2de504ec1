"""The notification clock: by when somebody outside must have been told, counted as the law counts it.

Pure functions of moments and zones: no database, no settings, no "now". Every moment that goes in is aware, every
moment that comes out is in UTC. Working days, holidays and weekends do not occur here: nothing is ever moved to a day
that suits us better. "7 days" are seven days of the calendar at the same wall-clock time, which is 167, 168 or 169
hours where clocks change; who shows one shows the other beside it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

_SECOND = dt.timedelta(seconds=1)


class NoSuchTime(ValueError):
    """The clocks of that place never showed this time: they were put forward over it."""


class Unit(StrEnum):
    """How a period is counted: by the calendar, or by the hours that pass."""

    DAYS = "days"
    HOURS = "hours"


class StartEvent(StrEnum):
    """What starts a clock. Nothing starts one where there is no duty, or none that was verified."""

    AWARENESS = "awareness"
    CONFIRMATION = "confirmation"
    SOURCE = "source"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Period:
    """How long there is, for example 7 calendar days or 72 hours."""

    amount: int
    unit: Unit = Unit.DAYS

    def __str__(self) -> str:
        return f"{self.amount} {'calendar days' if self.unit is Unit.DAYS else 'hours'}"


@dataclass(frozen=True)
class Awareness:
    """Who had reasonable grounds, and when; a time that is not known yet is None.

    `source`: who has to tell us, and does not act for us (it starts the source's own clock only). `first`: the first
    person in the chain we delegated to. `notifier`: we ourselves, or who notifies for us. `confirmed`: the decision
    that it must be notified.
    """

    first: dt.datetime | None = None
    notifier: dt.datetime | None = None
    confirmed: dt.datetime | None = None
    source: dt.datetime | None = None

    def start(self, event: StartEvent) -> dt.datetime | None:
        """The moment at which a clock with this start event began to run; None when it does not run.

        Awareness is the earliest of the three times that are ours: who is told first does not matter, nor in which
        order the times were written down.
        """
        if event is StartEvent.AWARENESS:
            known = [each for each in (self.first, self.notifier, self.confirmed) if each is not None]
            return min(known, default=None)
        return {StartEvent.CONFIRMATION: self.confirmed, StartEvent.SOURCE: self.source}.get(event)


@dataclass(frozen=True)
class Alarm:
    """A moment at which people are told that a clock runs, with its short name of four letters at most ("+24h")."""

    key: str
    at: dt.datetime


@dataclass(frozen=True)
class NotificationClock:
    """A running clock: when it began, and the moments that count, all in UTC.

    `due_at` is the one we keep: the period counted at the same wall-clock time in the notifier's zone. `latest_at` is
    the last second of that day there, the latest moment that the count of whole days allows. `authority_latest_at` is
    the same count by the calendar of the authority: where its day began earlier, this is the stricter of the two.
    """

    period: Period
    own_zone: ZoneInfo
    authority_zone: ZoneInfo
    started_at: dt.datetime
    due_at: dt.datetime
    latest_at: dt.datetime
    authority_latest_at: dt.datetime

    @property
    def hours(self) -> float:
        """The hours that really pass until it is due: 167, 168 or 169 for seven days in most zones."""
        return (self.due_at - self.started_at) / dt.timedelta(hours=1)

    @property
    def by_hours_at(self) -> dt.datetime:
        """When the period would end if a day were always 24 hours; shown beside, never used."""
        hours = self.period.amount * (24 if self.period.unit is Unit.DAYS else 1)
        return self.started_at + dt.timedelta(hours=hours)

    @property
    def strictest_at(self) -> dt.datetime:
        """The earliest of all its moments: after it somebody may call the notification late."""
        return min(self.due_at, self.latest_at, self.authority_latest_at)

    def alarms(self) -> Sequence[Alarm]:
        """When people are told, in order: +24 h, +72 h, two days and one day before, and 6 hours before it is due."""
        days = self.period.amount if self.period.unit is Unit.DAYS else 0
        found = [Alarm(f"+{hours}h", self.started_at + dt.timedelta(hours=hours)) for hours in (24, 72)]
        found += [
            Alarm(f"D{day}", same_time_after(self.started_at, day, self.own_zone)) for day in (days - 2, days - 1)
        ]
        found.append(Alarm("-6h", self.due_at - dt.timedelta(hours=6)))
        return sorted((each for each in found if self.started_at < each.at < self.due_at), key=lambda each: each.at)


def notification_clock(
    started_at: dt.datetime, period: Period, *, own_zone: ZoneInfo, authority_zone: ZoneInfo
) -> NotificationClock:
    """The clock that began at an aware moment. Raises ValueError for a moment without a zone."""
    if started_at.tzinfo is None:
        raise ValueError("A clock begins at a moment with a zone.")
    if period.unit is Unit.HOURS:
        due = started_at.astimezone(dt.UTC) + dt.timedelta(hours=period.amount)
        latest = authority_latest = due
    else:
        due = same_time_after(started_at, period.amount, own_zone)
        latest = max(due, end_of_day_after(started_at, period.amount, own_zone))
        authority_latest = end_of_day_after(started_at, period.amount, authority_zone)
    return NotificationClock(
        period, own_zone, authority_zone, started_at.astimezone(dt.UTC), due, latest, authority_latest
    )


def same_time_after(moment: dt.datetime, days: int, zone: ZoneInfo) -> dt.datetime:
    """The moment when the clocks of a zone show the same time, some calendar days later."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    return first_instant(local + dt.timedelta(days=days), zone)


def end_of_day_after(moment: dt.datetime, days: int, zone: ZoneInfo) -> dt.datetime:
    """The last second of the day that comes some calendar days after the day of a moment in a zone."""
    day = moment.astimezone(zone).date() + dt.timedelta(days=days + 1)
    return first_instant(dt.datetime.combine(day, dt.time()), zone) - _SECOND


def first_instant(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The first moment at which the clocks of a zone show this date and time, or a later one.

    Of a time that comes twice it is the first; of one that never comes (clocks put forward, a date left out at the
    date line) it is the moment of the jump. So a due moment is never later than anybody reads it.
    """
    found = local.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
    if _shown(found, zone) == local:
        return found
    before = local.replace(tzinfo=zone, fold=1).astimezone(dt.UTC)
    while found - before > _SECOND:
        middle = before + (found - before) // 2
        before, found = (before, middle) if _shown(middle, zone) >= local else (middle, found)
    return found.replace(microsecond=0)


def moment_of(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The moment that somebody means by a date and time of a place.

    Of a time that comes twice it is the first, unless its `fold` says the second. Raises NoSuchTime where the clocks
    never showed it.
    """
    found = local.replace(tzinfo=zone).astimezone(dt.UTC)
    if _shown(found, zone) != local:
        raise NoSuchTime("The clocks of that place were put forward over this time: it did not exist.")
    return found


def remaining(due_at: dt.datetime, now: dt.datetime) -> str:
    """The time that is left in words, or by how much it is late: "6 days 3 hours left", "40 minutes late"."""
    minutes = int(abs(due_at - now) // dt.timedelta(minutes=1))
    counts = (("day", minutes // 1440), ("hour", minutes // 60 % 24), ("minute", minutes % 60))
    told = [f"{count} {word}{'s' if count != 1 else ''}" for word, count in counts if count][:2]
    return f"{' '.join(told) or 'less than a minute'} {'late' if now > due_at else 'left'}"


def _shown(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
