"""What the larger components list: one small frozen dataclass per kind of row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cqms.ui.atoms import Due
from cqms.ui.component import PropertyError
from cqms.ui.menus import Option

__all__ = [
    "Blocked", "Change", "Check", "Choice", "Crumb", "Fault", "Figure", "File", "Head", "Option", "Related", "Row",
    "Search", "Stage", "Tab", "Task", "TimelineEntry",
]  # fmt: skip


@dataclass(frozen=True)
class Crumb:
    """A place above this page; without `href` it is this page."""

    label: str
    href: str = ""


@dataclass(frozen=True)
class Blocked:
    """A step that is not possible now and the reason in a sentence."""

    label: str
    reason: str

    def __post_init__(self) -> None:
        if not self.reason:
            raise PropertyError(f"steps: '{self.label}' is blocked without a reason")


@dataclass(frozen=True)
class Tab:
    """A saved view or a section of a page."""

    label: str
    href: str
    tally: int | None = None


@dataclass(frozen=True)
class Search:
    """The search box of a list; `hidden` are the other parameters that stay."""

    label: str
    name: str = "q"
    value: str = ""
    placeholder: str = ""
    hidden: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Choice:
    """One answer of a group of radio buttons or tick boxes."""

    label: str
    value: str
    hint: str = ""
    checked: bool = False


@dataclass(frozen=True)
class Fault:
    """What is wrong, and the id of the control where it can be mended."""

    text: str
    field: str = ""


@dataclass(frozen=True)
class Related:
    """A row of a list of related records; `aside` is a badge or a date, `number` sets the title as a number."""

    title: str
    href: str = ""
    aside: object = ""
    sub: str = ""
    number: bool = False


@dataclass(frozen=True)
class File:
    """A file to download: size in bytes, SHA-256 as hexadecimal digits, the address of a picture shown small.

    `apart` opens it in a tab of its own, where something is being filled in.
    """

    name: str
    href: str
    size: int
    sha256: str = ""
    picture: str = ""
    apart: bool = False


@dataclass(frozen=True)
class Head:
    """A column. css: lead (names the row), fit, num, col-2 (goes when narrow), state. sorted: ascending, descending."""

    label: str
    css: str = ""
    href: str = ""
    sorted: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Row:
    """A row: one cell per column, each text or a component; `tick` is the value of its tick box, `name` says whose."""

    cells: Sequence[object]
    tick: str = ""
    name: str = ""


@dataclass(frozen=True)
class Task:
    """What awaits a person: what, what happens if it is late, by when, and the one thing to do."""

    title: str
    href: str
    sentence: str
    late: str
    act: str
    icon: str = "neutral"
    tone: str = ""
    due: date | None = None
    primary: bool = False
    today: date | None = None

    @property
    def when(self) -> Due | str:
        """The due day on two lines, nothing without one."""
        return Due(self.due, lines=True, today=self.today) if self.due else ""


@dataclass(frozen=True)
class Figure:
    """A number that matters with the records behind it."""

    label: str
    value: object
    note: str = ""
    tone: str = "neutral"
    href: str = ""


@dataclass(frozen=True)
class Stage:
    """A stretch of a life cycle and who decided it when; the note may be markup."""

    name: str
    note: object = ""


@dataclass(frozen=True)
class Change:
    """A field and its value before and after; blank stands for empty."""

    field: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened. `body` is any component: a diff, a signature, files; `id` its address on the page."""

    id: str
    who: str
    verb: str
    when: datetime
    icon: str = "neutral"
    tone: str = ""
    reason: str = ""
    body: object = ""


@dataclass(frozen=True)
class Check:
    """Something that was checked, and how it came out."""

    tone: str
    title: str
    sentence: str = ""
