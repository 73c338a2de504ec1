"""What stands in an Inbox, and who puts it there: apps register a source for each kind."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from cqms.accounts.models import User
from cqms.organizations.models import Organization


@dataclass(frozen=True)
class Row:
    """One thing that awaits a person: what, in which sentence, what happens if it is late, and the one click to act.

    `due` is an aware moment or None; `path` is the portal's, organization included; `tone` and `icon` are names of
    the component library.
    """

    kind: str
    title: str
    sentence: str
    late: str
    path: str
    action: str
    due: dt.datetime | None = None
    tone: str = ""
    icon: str = "neutral"
    organization: Organization | None = None

    def within(self, organization: Organization) -> "Row":
        """The same row, naming where it comes from."""
        return replace(self, organization=organization)


Source = Callable[[User], list[Row]]

_sources: dict[str, Source] = {}


def register(kind: str, source: Source) -> None:
    """Let `source` answer, for the open organization, with the rows of one kind that await a person."""
    _sources[kind] = source


def sources() -> dict[str, Source]:
    """Every source by its kind."""
    return dict(_sources)
