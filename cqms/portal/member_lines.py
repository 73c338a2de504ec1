"""Lines of a file of members as wishes: who, where they stand, which role from when until when."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from cqms.access.roles import ROLES
from cqms.access.services import Place
from cqms.lists.reading import Line
from cqms.organizations.models import MemberKind, Organization
from cqms.portal.selectors import midnight_after, places

COLUMNS = ("email",)
OPTIONAL = ("name", "department", "manager", "role", "study", "from", "until", "as")
MOST = 300
_LONGEST_NAME, _LONGEST_DEPARTMENT = 150, 120
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


class Unknown(ValueError):
    """Something in a line that does not exist here, in words."""


@dataclass(frozen=True)
class Wanted:
    """What one line asks for; blank where it says nothing."""

    number: int
    email: str
    name: str
    department: str
    manager: str
    role: str
    at: Place | None
    kind: str
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None


class Reader:
    """Reads lines of a file for one organization. Its roles and studies are fetched once."""

    def __init__(self, organization: Organization, lines: Iterable[Line]) -> None:
        self.organization = organization
        self.today = organization.today()
        self.emails = {line["email"].lower() for line in lines}
        self._places = {
            str(getattr(place, "number", "")).lower(): place for _, place in places(organization).values()
        }  # the organization itself has no number
        self._roles = {name.lower(): role.key for role in ROLES.values() for name in (role.key, role.label)}

    def wanted(self, line: Line) -> Wanted:
        """What the line asks for. Raises Unknown, or ValueError in words."""
        starts, ends = self._day(line, "from"), self._day(line, "until")
        if ends and ends < max(starts or self.today, self.today):
            raise ValueError(f"until {ends} lies before it begins, or has passed.")
        zone = self.organization.timezone
        return Wanted(
            number=line.number,
            email=_email(line, "email"),
            name=_short(line, "name", _LONGEST_NAME),
            department=_short(line, "department", _LONGEST_DEPARTMENT),
            manager=_email(line, "manager") if line["manager"] else "",
            role=self._role(line["role"]),
            at=self._place(line["study"]),
            kind=_kind(line["as"]),
            starts_at=dt.datetime.combine(starts, dt.time(), zone) if starts and starts > self.today else None,
            ends_at=midnight_after(ends, self.organization),
        )

    def _role(self, text: str) -> str:
        if text and text.lower() not in self._roles:
            raise Unknown(f"there is no role “{text[:40]}”. Roles are {', '.join(sorted(ROLES))}.")
        return self._roles[text.lower()] if text else ""

    def _place(self, number: str) -> Place | None:
        if number and number.lower() not in self._places:
            raise Unknown(f"there is no study “{number[:40]}” here.")
        return self._places[number.lower()] if number else None

    def _day(self, line: Line, column: str) -> dt.date | None:
        text = line[column]
        try:
            day = dt.date.fromisoformat(text) if text else None
        except ValueError:
            day = dt.date.min
        if day is not None and not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise ValueError(f"“{text[:20]}” is no day. Write {column} as 2026-09-21.")
        return day


def _email(line: Line, column: str) -> str:
    text = line[column].lower()
    try:
        validate_email(text)
    except ValidationError:
        raise Unknown(f"“{text[:80]}” is no e-mail address ({column}).") from None
    return text


def _short(line: Line, column: str, longest: int) -> str:
    if len(line[column]) > longest:
        raise ValueError(f"{column} has more than {longest} characters.")
    return line[column]


def _kind(text: str) -> str:
    if text and text.lower() not in MemberKind.values:
        raise Unknown(f"“{text[:20]}” is neither member nor guest.")
    return text.lower()
