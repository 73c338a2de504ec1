"""Giving out numbers."""

from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from cqms.configuration.selectors import current_settings
from cqms.organizations.scope import current_organization_id


def next_number(kind: str, *, year: int = 0, width: int = 4) -> str:
    """The next number of a kind, `SOP-0007`, or with a year `CAPA-2026-0007`.

    The counter row stays locked until the transaction ends, and a rollback takes the number back: no gaps. Take
    the number last, so that others wait as short as possible.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO numbering_counter (organization_id, kind, year, last) VALUES (%s, %s, %s, 1)"
            " ON CONFLICT (organization_id, kind, year) DO UPDATE SET last = numbering_counter.last + 1 RETURNING last",
            [current_organization_id(), kind, year],
        )
        last = cursor.fetchone()[0]
    middle = f"-{year}" if year else ""
    return f"{kind}{middle}-{last:0{width}d}"


def record_number(kind: str) -> str:
    """The next number of a record of this kind, in the pattern that the organization's settings ask for now."""
    found = current_settings()
    has_year = "{year}" in found.number_pattern
    year = timezone.now().astimezone(ZoneInfo(found.zone)).year if has_year else 0
    return next_number(kind, year=year, width=found.number_digits)
