"""Public holidays of a place, from the `holidays` package: a country as "DE", a part of one as "DE-BE"."""

import datetime as dt
from functools import cache

import holidays


class NoSuchPlace(ValueError):
    """No calendar is known for this place."""


def public_holiday(place: str, day: dt.date) -> str:
    """The name of the public holiday of a place on a day in English where it has one; blank on any other day."""
    return _calendar(place, day.year).get(day, "")


def check_place(place: str) -> str:
    """The place as it is written properly. Raises NoSuchPlace with a sentence."""
    country, _, part = place.strip().upper().partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known or (part and part not in known[country]):
        raise NoSuchPlace(
            f"No calendar is known for “{place.strip()[:40]}”. Write a country, DE, or a part of it, DE-BE."
        )
    return f"{country}-{part}" if part else country


@cache
def _calendar(place: str, year: int) -> dict[dt.date, str]:
    country, _, part = place.partition("-")
    found = holidays.country_holidays(country, subdiv=part or None, years=year, expand=False, language="en_US")
    return dict(found)
