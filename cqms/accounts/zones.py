"""The time zones there are, looked up on the disk once: the standard library reads 600 files at each question."""

from functools import cache
from zoneinfo import available_timezones


@cache
def zone_names() -> frozenset[str]:
    """The name of every zone of the IANA database."""
    return frozenset(available_timezones())
