"""What can be decided: every setting with its value as founded. Apps add the days they allow for a task."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.db import models

from cqms.configuration.calendars import public_holiday


class SecondFactor(models.TextChoices):
    """Who must prove themselves with more than a password when they sign in."""

    NOBODY = "nobody", "Nobody must; everybody may"
    DECIDERS = "deciders", "Who approves, decides or administers"
    EVERYBODY = "everybody", "Everybody"


class Signing(models.TextChoices):
    """With what a signature is proven, at least (21 CFR 11.200)."""

    PASSWORD = "password", "E-mail and password"
    SECOND_FACTOR = "second_factor", "Password and a second factor"
    PASSKEY = "passkey", "A passkey that verifies the person"


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NUMBER_PATTERN = re.compile(r"\{kind\}-(\{year\}-)?\{number\}")
PATTERNS = {"{kind}-{number}": "SOP-0007, counted for ever", "{kind}-{year}-{number}": "SOP-2026-0007, anew each year"}


@dataclass(frozen=True)
class DueDefault:
    """A task and how many days it may take unless the organization decides otherwise; `counted` says which days."""

    key: str
    label: str
    days: int
    counted: str = "days"


_due: dict[str, DueDefault] = {}


def register_due(key: str, label: str, *, days: int, counted: str = "days") -> None:
    """Let organizations decide how long a task may take, for example `documents.review`; `days` is what we suggest.

    `counted` are "days" of the calendar, "working days", or "days" and from where, as one reads it behind a number.
    """
    _due[key] = DueDefault(key, label, days, counted)


def due_defaults() -> Sequence[DueDefault]:
    """Every task whose time can be decided, in the order of registering."""
    return tuple(_due.values())


@dataclass(frozen=True)
class Table:
    """A table that an organization decides, a row a line: its key, words, text as founded, and what its text must be.

    `check` gives the text as it is kept. It raises ValueError with a sentence for the person who typed it.
    `one_line` where it is a single figure.
    """

    key: str
    label: str
    help: str
    founded: str
    check: Callable[[str], str]
    one_line: bool = False


_tables: dict[str, Table] = {}


def register_table(table: Table) -> None:
    """Let organizations decide a table; what each holds is a version of the settings, proposed and approved."""
    _tables[table.key] = table


def register_figure(key: str, label: str, explained: str, *, founded: int, least: int, most: int) -> None:
    """Let organizations decide a whole number between two bounds; it is kept like a table of one line."""

    def check(text: str) -> str:
        typed = text.strip()
        if not (typed.isascii() and typed.isdigit() and least <= int(typed[:9]) <= most):
            raise ValueError(f"Write a whole number from {least} to {most}.")
        return str(int(typed))

    register_table(Table(key, label, explained, str(founded), check, one_line=True))


def tables() -> Sequence[Table]:
    """Every table that can be decided, in the order of registering."""
    return tuple(_tables.values())


@dataclass(frozen=True)
class Settings:
    """What holds in one organization. The values here are those of an organization that decided nothing yet.

    `zone` is an IANA name, `working_days` are 0 for Monday to 6, `holidays` days without work besides the public ones
    of `calendars` (places as "DE" or "DE-BE"); `allowed_networks` is empty when every address may sign in;
    `due_days` are days by task, `tables` the texts of tables by key, `provider` what is decided about signing in at
    one's own provider, with a mark of its secret and never the secret; empty where there is none.
    """

    zone: str = "UTC"
    working_days: tuple[int, ...] = (0, 1, 2, 3, 4)
    holidays: tuple[dt.date, ...] = ()
    calendars: tuple[str, ...] = ()
    number_pattern: str = "{kind}-{number}"
    number_digits: int = 4
    due_days: Mapping[str, int] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    provider: Mapping[str, Any] = field(default_factory=dict)
    second_factor: str = SecondFactor.NOBODY
    signing: str = Signing.PASSWORD
    session_hours: int = 12
    idle_minutes: int = field(default_factory=lambda: settings.IDLE_SECONDS // 60)
    allowed_networks: tuple[str, ...] = ()
    guest_days: int = 180
    needs_identity_proof: bool = False
    needs_introduction: bool = False
    suspends_unanswered: bool = True
    version: int = 0

    @property
    def revision(self) -> int:
        """What a form that proposes other settings is written on: the version that holds."""
        return self.version

    def days_for(self, task: str) -> int:
        """The calendar days a task may take. Raises KeyError for a task nobody registered."""
        return self.due_days.get(task, _due[task].days)

    def all_days(self) -> dict[str, int]:
        """The days of every task that is registered."""
        return {each.key: self.days_for(each.key) for each in due_defaults()}

    def all_tables(self) -> dict[str, str]:
        """The text of every table and figure that is registered."""
        return {each.key: self.table(each.key) for each in tables()}

    def table(self, key: str) -> str:
        """The text of a table. Raises KeyError for one that nobody registered."""
        return self.tables.get(key, _tables[key].founded)

    def figure(self, key: str) -> int:
        """The whole number that was decided. Raises KeyError for one that nobody registered."""
        return int(self.table(key))

    def is_working_day(self, day: dt.date) -> bool:
        """Whether the organization works on this day."""
        return (
            day.weekday() in self.working_days
            and day not in self.holidays
            and not any(public_holiday(place, day) for place in self.calendars)
        )

    def after_working_days(self, day: dt.date, count: int) -> dt.date:
        """The day so many working days later; without any working day in the week, calendar days are counted."""
        if not self.working_days:
            return day + dt.timedelta(days=count)
        while count > 0:
            day += dt.timedelta(days=1)
            count -= self.is_working_day(day)
        return day

    def admits(self, address: str | None) -> bool:
        """Whether a request may come from this address; one that is not known may where no network is named."""
        if not self.allowed_networks:
            return True
        if address is None:
            return False
        return any(ip_address(address) in ip_network(network) for network in self.allowed_networks)


def as_values(found: Settings) -> dict[str, Any]:
    """The settings as JSON holds them."""
    values = {each.name: getattr(found, each.name) for each in fields(found) if each.name != "version"}
    return values | {
        "working_days": list(found.working_days),
        "holidays": [day.isoformat() for day in found.holidays],
        "calendars": list(found.calendars),
        "allowed_networks": list(found.allowed_networks),
        "tables": dict(found.tables),
        "due_days": dict(found.due_days),
        "provider": dict(found.provider),
        "second_factor": str(found.second_factor),
        "signing": str(found.signing),
    }


def from_values(values: Mapping[str, Any], *, version: int) -> Settings:
    """The settings that JSON holds; a setting that a version does not know yet has its value as founded."""
    known = {each.name for each in fields(Settings)} - {"version"}
    given = {name: value for name, value in values.items() if name in known}
    for name in ("working_days", "calendars", "allowed_networks"):
        if name in given:
            given[name] = tuple(given[name])
    if "holidays" in given:
        given["holidays"] = tuple(dt.date.fromisoformat(day) for day in given["holidays"])
    return Settings(**given, version=version)
