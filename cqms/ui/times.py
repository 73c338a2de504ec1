"""Moments and days in words: the reader's zone with its offset, the distance beside a date and never instead of it."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.safestring import SafeString

from cqms.ui.markup import fill

_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_REMEMBERED = 2048
_FROZEN = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d UTC)?", re.ASCII)


def offset(value: datetime) -> str:
    """The offset of an aware moment from UTC: "+01:00"."""
    sign = value.strftime("%z")
    return f"{sign[:3]}:{sign[3:5]}"


def day_words(value: date) -> str:
    """A calendar day, or that of a moment where it is told: "19 Nov 2026"."""
    return f"{value.day} {_MONTHS[value.month]} {value.year:04}"


def moment_words(value: datetime) -> str:
    """An aware moment in the reader's zone: "19 Nov 2026, 09:26 +01:00"."""
    local = timezone.localtime(value)
    return f"{day_words(local)}, {local:%H:%M} {offset(local)}"


def utc_words(value: datetime) -> str:
    """The same moment in UTC: "19 Nov 2026, 08:26:05 UTC"."""
    utc = value.astimezone(UTC)
    return f"{day_words(utc)}, {utc:%H:%M:%S} UTC"


def utc_beside(value: datetime) -> str:
    """The same moment in UTC for a place where the reader's zone stands too: only the clock while the day agrees."""
    utc, local = value.astimezone(UTC), timezone.localtime(value)
    return f"{utc:%H:%M:%S} UTC" if utc.date() == local.date() else utc_words(value)


def moment(value: datetime) -> SafeString:
    """A time element: the reader's zone on the page, UTC in the attribute and on hover."""
    stamp = value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return fill('<time datetime="{}" title="{}">{}</time>', stamp, utc_words(value), moment_words(value))


def clock(value: datetime) -> SafeString:
    """A time element of hour and minute only, for an entry that stands under its day."""
    local = timezone.localtime(value)
    stamp = value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    words = f"{local:%H:%M} {offset(local)}"
    return fill('<time datetime="{}" title="{}">{}</time>', stamp, utc_words(value), words)


def day(value: date) -> SafeString:
    """A time element of a calendar day; a moment is taken as its day in the reader's zone."""
    return _day(as_day(value))


@lru_cache(_REMEMBERED)
def _day(value: date) -> SafeString:
    return fill('<time datetime="{}">{}</time>', value.isoformat(), day_words(value))


def as_day(value: date) -> date:
    """The calendar day of a date or, in the reader's zone, of a moment."""
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def told(words: str) -> SafeString | str:
    """What the trail froze of a day, or of a moment in UTC, as a page tells it; any other words as they are."""
    found = _FROZEN.fullmatch(words)
    try:
        if found is None:
            return words
        return moment(datetime.fromisoformat(f"{words[:-4]}+00:00")) if found[1] else day(date.fromisoformat(words))
    except ValueError:
        return words


_MONTH, _YEAR = 30.44, 365.25  # days


def distance(value: date, today: date) -> str:
    """How far a due day is from today, in words: "in 8 days", "due tomorrow", "due today", "3 days late".

    Further off than two months it is counted in months, than two years in years, both rounded down.
    """
    days = (value - today).days
    if days in (0, 1):
        return "due tomorrow" if days else "due today"
    if days < 0:
        return f"{-days} day{'s' if days < -1 else ''} late"
    if days < 2 * _MONTH:
        return f"in {days} days"
    return f"in {int(days / _MONTH)} months" if days < 2 * _YEAR else f"in {int(days / _YEAR)} years"


def urgency(value: date, today: date) -> str:
    """The lowest tone that is true of a due day: none while it is further off than tomorrow."""
    days = (value - today).days
    if days < 0:
        return "bad"
    return "warn" if days <= 1 else ""
