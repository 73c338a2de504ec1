"""The small components that stand inside others, a hundred times a page: written in Python because that is quick."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from django.utils.safestring import SafeString

from cqms.organizations import scope
from cqms.ui import times
from cqms.ui.component import Component, PropertyError
from cqms.ui.icons import icon as draw
from cqms.ui.markup import EMPTY, fill, join

_REMEMBERED = 2048


class Tone(StrEnum):
    """The five tones. A tone never stands alone: a word and an icon carry the meaning."""

    NEUTRAL = "neutral"
    PROGRESS = "progress"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


def tone_class(tone: str) -> SafeString:
    """The class of a tone, nothing for no tone; an unknown tone is an error."""
    return SafeString(f"tone-{Tone(tone).value}") if tone else EMPTY


@dataclass(frozen=True)
class Icon(Component):
    """A drawing; hidden from screen readers unless it has a label."""

    name: str
    label: str = ""

    def __html__(self) -> SafeString:
        return draw(self.name, self.label)


@dataclass(frozen=True)
class Badge(Component):
    """A state: word, tone and icon. Callers keep one Badge per state and put it wherever the state is shown."""

    word: str
    tone: str
    icon: str = ""

    def __html__(self) -> SafeString:
        return _badge(self.word, self.tone, self.icon)


@lru_cache(_REMEMBERED, typed=True)
def _badge(word: str, tone: str, icon: str) -> SafeString:
    found = Tone(tone).value
    return fill('<span class="badge tone-{}">{}{}</span>', found, draw(icon or found), word)


@dataclass(frozen=True)
class Button(Component):
    """A button, or with `href` a link that looks like one. `dialog` opens that page in a dialog where scripts run.

    kind: primary (one a page), danger, quiet. `form` names a form elsewhere on the page; `opens` a dialog on it;
    `action` is where this button sends its form instead, "#id" for a place of the answer.
    """

    text: str
    kind: str = ""
    icon: str = ""
    small: bool = False
    href: str = ""
    pressed: bool | None = None
    name: str = ""
    value: str = ""
    type: str = "submit"
    form: str = ""
    action: str = ""
    opens: str = ""
    dialog: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind not in ("", "primary", "danger", "quiet"):
            raise PropertyError(f"button: kind '{self.kind}' is none of primary, danger, quiet")

    def __html__(self) -> SafeString:
        classes = " ".join(
            ["button", *([f"button--{self.kind}"] if self.kind else []), *(["button--small"] if self.small else [])]
        )
        inside = fill("{}{}", draw(self.icon) if self.icon else "", self.text)
        if self.href:
            return fill('<a class="{}"{}>{}</a>', classes, self._link(), inside)
        return fill('<button class="{}"{}>{}</button>', classes, self._attributes(), inside)

    def _link(self) -> SafeString:
        opens = {"hx-get": self.href, "hx-target": "#step-dialog", "hx-swap": "innerHTML"} if self.dialog else {}
        return attributes({"href": self.href, **opens})

    def _attributes(self) -> SafeString:
        pressed = None if self.pressed is None else str(self.pressed).lower()
        own = {"name": self.name, "value": self.value, "form": self.form}
        values = {**own, "formaction": self.action, "data-open": self.opens}
        return attributes({"type": "button" if self.opens else self.type, **values, "aria-pressed": pressed})


def row_of(buttons: Sequence[Button]) -> SafeString:
    """Buttons beside each other, for the end of a panel's head or a row."""
    return join(each.__html__() for each in buttons)


def attributes(values: dict[str, object]) -> SafeString:
    """HTML attributes with a leading space each; empty and None are left out, True is an attribute without a value."""
    return join(
        fill(" {}", name) if value is True else fill(' {}="{}"', name, value)
        for name, value in values.items()
        if value not in ("", None, False)
    )


@dataclass(frozen=True)
class Due(Component):
    """A due day with its distance from today beside it, counted where the organization counts its days.

    Distance and tone can be given instead of computed; `today` where rows of several organizations stand together.
    """

    date: date
    distance: str = ""
    tone: str = ""
    lines: bool = False
    today: date | None = None

    def __html__(self) -> SafeString:
        day, today = times.as_day(self.date), self.today or scope.today()
        tone = self.tone or ("" if self.distance else times.urgency(day, today))
        return _due(day, self.distance or times.distance(day, today), tone, self.lines)


@lru_cache(_REMEMBERED, typed=True)
def _due(day: date, distance: str, tone: str, lines: bool) -> SafeString:
    classes = " ".join(filter(None, ["due", tone_class(tone), "due--lines" if lines else ""]))
    between = " " if lines else ", "
    return fill('<span class="{}">{}{}<small>{}</small></span>', classes, times.day(day), between, distance)


def initials(name: str) -> str:
    """The first letters of the first and the last word of a name, titles left out."""
    words = [word for word in name.split() if not word.endswith(".") and word not in ("Dr", "Prof")]
    if not words:
        return name[:1].upper()
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@dataclass(frozen=True)
class Person(Component):
    """A person by name, with the role in which they appear here."""

    name: str
    role: str = ""

    def __html__(self) -> SafeString:
        role = fill('<br><small class="muted">{}</small>', self.role) if self.role else ""
        return fill(
            '<span class="person"><span class="avatar" aria-hidden="true">{}</span><span>{}{}</span></span>',
            initials(self.name),
            self.name,
            role,
        )


@dataclass(frozen=True)
class Number(Component):
    """The human number of a record, linked when `href` is given."""

    number: str
    href: str = ""

    def __html__(self) -> SafeString:
        if self.href:
            return fill('<a class="number" href="{}">{}</a>', self.href, self.number)
        return fill('<span class="number">{}</span>', self.number)
