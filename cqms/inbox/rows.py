"""What stands in an Inbox, and who puts it there: apps register a source for each kind."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from cqms.accounts.models import User
from cqms.organizations.models import Organization


@dataclass(frozen=True)
class Row:
    """One thing that awaits a person: what, in which sentence, what happens if it is late, and the one click to act.

    `due` is an aware moment or None; `path` is the portal's, organization included; `tone` and `icon` are names of
    the component library. A row that stands for `many` things leads to all of them. Who is `barred` may not do it for
    somebody else, and does not find it in their Inbox while they stand in.
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
    many: int = 1
    barred: frozenset[int] = frozenset()

    def within(self, organization: Organization) -> "Row":
        """The same row, naming where it comes from."""
        return replace(self, organization=organization)


MOST = 50
"""So many rows of what several people could do stand in an Inbox one by one; what is beyond is one row."""


def rest(like: Row, what: str, more: int, path: str) -> list[Row]:
    """The row that stands for so many others like one, and leads to the list in which they are; none for none.

    `what` names them, in the plural.
    """
    if more <= 0:
        return []
    title, sentence = f"{what}: {more:,} more", "Others of them stand here one by one; these stand in their list."
    return [replace(like, title=title, sentence=sentence, late="", due=None, path=path, action="Open", many=more)]


def first(rows: Sequence[Row], what: str, path: str) -> list[Row]:
    """The first rows one by one, the others as one row."""
    return [*rows[:MOST], *(rest(rows[0], what, len(rows) - MOST, path) if rows else ())]


def things(rows: Iterable[Row]) -> int:
    """How many things the rows stand for."""
    return sum(row.many for row in rows)


Source = Callable[[User], list[Row]]

_sources: dict[str, Source] = {}
_personal: set[str] = set()


def register(kind: str, source: Source, *, personal: bool = False) -> None:
    """Let `source` answer, for the open organization, with the rows of one kind that await a person.

    What is `personal` nobody else acts on while the person is away: it is addressed to them alone, or to whoever holds
    a role, and those have a row of their own.
    """
    _sources[kind] = source
    if personal:
        _personal.add(kind)


def sources() -> dict[str, Source]:
    """Every source by its kind."""
    return dict(_sources)


def sources_passed_on() -> list[Source]:
    """The sources of what who stands in for a person finds in their own Inbox meanwhile."""
    return [source for kind, source in _sources.items() if kind not in _personal]
