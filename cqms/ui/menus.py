"""Lists of choices that open below their label, without a script: the chips of filters, and menus."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from cqms.ui.component import Component
from cqms.ui.icons import icon as draw
from cqms.ui.markup import EMPTY, fill, join

_CURRENT = SafeString(' aria-current="true"')


@dataclass(frozen=True)
class Option:
    """One choice inside a chip's or a menu's list; `chosen` marks the current one, `tally` says how many it leaves."""

    label: str
    href: str
    icon: str = ""
    chosen: bool = False
    tally: int | None = None

    def __html__(self) -> SafeString:
        current = _CURRENT if self.chosen else ""
        icon = draw("check") if self.chosen else draw(self.icon) if self.icon else ""
        tally = "" if self.tally is None else fill('<span class="tally push">{}</span>', self.tally)
        return fill('<a href="{}"{}>{}{}{}</a>\n', self.href, current, icon, self.label, tally)

    def __str__(self) -> str:
        return self.__html__()


@dataclass(frozen=True)
class Chip(Component):
    """A visible filter: a link, or a list of options to open; `remove_href` takes it away."""

    label: str
    value: str = ""
    on: bool = False
    href: str = ""
    remove_href: str = ""
    options: Sequence[Option] = ()

    def __html__(self) -> SafeString:
        words = fill("{}: <b>{}</b>", self.label, self.value) if self.value else self.label
        classes = "chip chip--on" if self.on or (self.remove_href and not self.options) else "chip"
        if self.options:
            return fill('<span class="chip-pair">{}{}</span>', self._list(classes, words), self._remove())
        if self.remove_href:
            close = draw("close", "Remove this filter")
            return fill('<a class="{}" href="{}">{}{}</a>', classes, self.remove_href, words, close)
        if self.href:
            return fill('<a class="{}" href="{}"{}>{}</a>', classes, self.href, _CURRENT if self.on else "", words)
        return fill('<span class="{}">{}</span>', classes, words)

    def _list(self, classes: str, words: str) -> SafeString:
        return fill(
            '<details class="menu"><summary class="{}">{}{}</summary>\n<div class="menu-body">{}</div></details>',
            classes, words, draw("down"), join(each.__html__() for each in self.options),
        )  # fmt: skip

    def _remove(self) -> SafeString:
        if not self.remove_href:
            return EMPTY
        return fill(
            '<a class="chip chip--on chip--remove" href="{}" aria-label="Remove the filter {}">{}</a>',
            self.remove_href, self.label, draw("close"),
        )  # fmt: skip


@dataclass(frozen=True)
class Menu(Component):
    """A list that opens below its label, without a script."""

    label: str
    items: Sequence[Option]
    note: str = ""
    end: bool = False
    icon: str = ""
    small: bool = False

    def __html__(self) -> SafeString:
        return fill(
            '<details class="{}"><summary class="{}">{}{}{}</summary>\n<div class="menu-body">{}{}</div></details>',
            "menu menu--end" if self.end else "menu",
            "button button--small button--quiet" if self.small else "button",
            draw(self.icon) if self.icon else "",
            self.label,
            draw("down"),
            fill("<p>{}</p>", self.note) if self.note else "",
            join(each.__html__() for each in self.items),
        )
