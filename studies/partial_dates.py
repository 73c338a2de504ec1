"""Dates known to the day, the month or the year, written as ISO 8601 allows: 2026-09-21, 2026-09 or 2026.

Registers and plans often know no more. A month is kept as a month: a day that nobody knew is never made up.
"""

import calendar
import datetime as dt
import re

from django.core.exceptions import ValidationError

_SHAPE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_EARLIEST, _LATEST = 1950, 2150


def check_partial_date(text: str) -> None:
    """Refuse what is no date, month or year of our time. Raises ValidationError with the rule."""
    if not is_partial_date(text):
        raise ValidationError("Write a date as 2026-09-21, a month as 2026-09 or a year as 2026.")


def is_partial_date(text: str) -> bool:
    """Whether the text is a date, a month or a year between 1950 and 2150."""
    match = _SHAPE.fullmatch(text)
    if match is None or not _EARLIEST <= int(match[1]) <= _LATEST:
        return False
    try:
        dt.date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return False
    return True


def first_day(text: str) -> dt.date:
    """The earliest day it can be."""
    parts = _parts(text)
    return dt.date(parts[0], parts[1] or 1, parts[2] or 1)


def last_day(text: str) -> dt.date:
    """The latest day it can be."""
    year, month, day = _parts(text)
    month = month or 12
    return dt.date(year, month, day or calendar.monthrange(year, month)[1])


def in_words(text: str) -> str:
    """As a reader knows it: 21 Sep 2026, Sep 2026 or 2026; blank stays blank."""
    if not text:
        return ""
    year, month, day = _parts(text)
    words = [f"{day:d}"] if day else []
    words += [calendar.month_abbr[month]] if month else []
    return " ".join([*words, str(year)])


def _parts(text: str) -> tuple[int, int, int]:
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no partial date")
    return int(match[1]), int(match[2] or 0), int(match[3] or 0)
