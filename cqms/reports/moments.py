"""Moments in words: always UTC, and beside it the same moment in somebody's zone with its offset."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def utc_words(moment: datetime) -> str:
    """`28 Aug 2026, 13:12:09 UTC` of an aware moment."""
    return f"{_day(moment.astimezone(UTC))}, {moment.astimezone(UTC):%H:%M:%S} UTC"


def local_words(moment: datetime, zone: str) -> str:
    """`15:12:09 +02:00 Europe/Berlin`, with the day in front where it is another than in UTC."""
    local = moment.astimezone(ZoneInfo(zone))
    day = "" if local.date() == moment.astimezone(UTC).date() else f"{_day(local)}, "
    return f"{day}{local:%H:%M:%S} {offset(local)} {zone}"


def both_words(moment: datetime, zone: str) -> str:
    """UTC and the zone in one line; a person whose zone is UTC needs it once."""
    return utc_words(moment) if zone == "UTC" else f"{utc_words(moment)}, {local_words(moment, zone)}"


def utc_column(moment: datetime) -> str:
    """`2026-08-28 13:12:09 UTC`: always 23 characters, for columns."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def local_column(moment: datetime, zone: str) -> str:
    """`15:12:09 +02:00`, or `08-29 01:12:09 +02:00` where the day is another than in UTC."""
    local = moment.astimezone(ZoneInfo(zone))
    day = "" if local.date() == moment.astimezone(UTC).date() else f"{local:%m-%d} "
    return f"{day}{local:%H:%M:%S} {offset(local)}"


def offset(local: datetime) -> str:
    """`+02:00` of an aware moment; seconds of an old zone rule are not shown."""
    text = f"{local:%z}"
    return f"{text[:3]}:{text[3:5]}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"
