"""What the cells of a row mean: days, moments, sites, protocol versions and texts; a wrong one is told in words."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from quality_events.deviations.models import ProtocolDeviation
from studies.models import ProtocolVersion, Site

_SHAPES = ("%d-%b-%Y", "%d %b %Y", "%d%b%Y", "%d.%m.%Y")
_DAYS = ("occurred_on", "discovered_on", "reported_to_ethics")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_TITLE = 120
_SHOWN = 40


@dataclass(frozen=True)
class Place:
    """Against what a file is read: the sites and protocol versions of the study, by number, and the reader's zone."""

    sites: Mapping[str, Site]
    protocols: Mapping[str, ProtocolVersion]
    zone: str


def value_of(key: str, text: str, place: Place) -> Any:
    """The value of a field; None or blank for a blank cell. Raises ValueError in words."""
    if key in _DAYS:
        return _day(text) if text else None
    if key == "aware_at":
        return _moment(text, place.zone) if text else None
    if key == "site":
        return _one_of(place.sites, text, "There is no site “{}” of this study that you see.")
    if key == "protocol":
        return _one_of(place.protocols, text, "The study has no protocol version “{}”.")
    return _words(key, text)


def title_of(description: str) -> str:
    """The first words of a description, for what has no title."""
    first = " ".join(description.split())
    return first if len(first) <= _TITLE else f"{first[: _TITLE - 1].rsplit(' ', 1)[0]}…"


def _words(key: str, text: str) -> str:
    if _UNSTORABLE.search(text):
        raise ValueError("It holds a character that cannot be stored. Type it again.")
    most: int = getattr(ProtocolDeviation._meta.get_field(key), "max_length", 0) or 0
    if len(text) > most:
        raise ValueError(f"It has {len(text):,} characters; {most:,} fit. Shorten it.")
    return text


def _one_of(known: Mapping[str, Any], text: str, wrong: str) -> Any:
    if not text:
        return None
    found = known.get(text.lower()) or known.get(text.lower().lstrip("0"))
    if found is None:
        raise ValueError(wrong.format(text[:_SHOWN]))
    return found


def _day(text: str) -> dt.date:
    if text.replace(".", "").isdigit() and text.count(".") < 2:  # noqa: PLR2004 - 31.03.2026 has two
        raise ValueError(f"“{text[:_SHOWN]}” is a number: a day that lost its format. Write it as 2026-03-31.")
    try:
        return dt.datetime.fromisoformat(text).date()
    except ValueError:
        pass
    for shape in _SHAPES:
        try:
            return dt.datetime.strptime(text, shape).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(f"“{text[:_SHOWN]}” is no day. Write it as 2026-03-31 or 31-Mar-2026.")


def _moment(text: str, zone: str) -> dt.datetime:
    try:
        told = dt.datetime.fromisoformat(text)
    except ValueError:
        told = dt.datetime.combine(_day(text), dt.time())
    try:
        return told.replace(tzinfo=told.tzinfo or ZoneInfo(zone)).astimezone(dt.UTC)
    except OverflowError:
        raise ValueError(f"“{text[:_SHOWN]}” is no moment we can store.") from None


def by_number(rows: Any, name: str) -> dict[str, Any]:
    """Rows by their number in small letters; where it is not ambiguous also without zeros in front."""
    found = {getattr(row, name).lower(): row for row in rows}
    short: dict[str, list[Any]] = {}
    for number, row in found.items():
        short.setdefault(number.lstrip("0"), []).append(row)
    return {**{number: rows_[0] for number, rows_ in short.items() if number and len(rows_) == 1}, **found}
