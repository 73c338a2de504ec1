"""The small components that stand inside others, a hundred times a page: written in Python because that is quick."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from cqms.organizations import scope
from cqms.ui import times
from cqms.ui.component import Component, PropertyError
from cqms.ui.icons import icon as draw

EMPTY = SafeString("")


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
        tone = Tone(self.tone)
        return format_html(
            '<span class="badge tone-{}">{}{}</span>', tone.value, draw(self.icon or tone.value), self.word
        )


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
        inside = format_html("{}{}", draw(self.icon) if self.icon else "", self.text)
        if self.href:
            return format_html('<a class="{}"{}>{}</a>', classes, self._link(), inside)
        return format_html('<button class="{}"{}>{}</button>', classes, self._attributes(), inside)

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
    return format_html_join("", "{}", ((each,) for each in buttons))


def attributes(values: dict[str, object]) -> SafeString:
    """HTML attributes with a leading space each; empty and None are left out, True is an attribute without a value."""
    parts = [
        format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value)
        for name, value in values.items()
        if value not in ("", None, False)
    ]
    return mark_safe("".join(parts))  # noqa: S308  every part was escaped above


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
        words = self.distance or times.distance(day, today)
        classes = " ".join(filter(None, ["due", tone_class(tone), "due--lines" if self.lines else ""]))
        between = " " if self.lines else ", "
        return format_html('<span class="{}">{}{}<small>{}</small></span>', classes, times.day(day), between, words)


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
        role = format_html('<br><small class="muted">{}</small>', self.role) if self.role else ""
        return format_html(
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
            return format_html('<a class="number" href="{}">{}</a>', self.href, self.number)
        return format_html('<span class="number">{}</span>', self.number)


@dataclass(frozen=True)
class Option:
    """One choice inside a chip's or a menu's list; `chosen` marks the current one, `tally` says how many it leaves."""

    label: str
    href: str
    icon: str = ""
    chosen: bool = False
    tally: int | None = None


@dataclass(frozen=True)
class Chip(Component):
    """A visible filter: a link, or a list of options to open; `remove_href` takes it away."""

    label: str
    value: str = ""
    on: bool = False
    href: str = ""
    remove_href: str = ""
    options: Sequence[Option] = ()
