"""What the page of a record tells: facts, where it is, what happened and what changed; many rows, built in Python."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import localize
from django.utils.safestring import SafeString
from django.utils.timezone import template_localtime

from cqms.ui import times
from cqms.ui.component import Component, PropertyError
from cqms.ui.icons import icon as draw
from cqms.ui.items import Change, Stage, TimelineEntry
from cqms.ui.markup import EMPTY, fill, join

_NOT_SET = SafeString('<span class="muted">not set</span>')
_EMPTY = SafeString('<span class="muted">empty</span>')
_HERE, _DONE = SafeString(' aria-current="step"'), SafeString(' class="done"')


@dataclass(frozen=True)
class Facts(Component):
    """Terms and their values; `top` puts the term above, `wide` leaves room for long ones.

    A row whose value is blank says "not set".
    """

    rows: Sequence[tuple[str, object]]
    top: bool = False
    wide: bool = False

    def __html__(self) -> SafeString:
        classes = " ".join(["facts", *(["facts--top"] if self.top else []), *(["facts--wide"] if self.wide else [])])
        rows = join(fill("\n<div><dt>{}</dt><dd>{}</dd></div>", term, _shown(value)) for term, value in self.rows)
        return fill('<dl class="{}">{}</dl>', classes, rows)


def _shown(value: object) -> object:
    """A value as a template shows it: moments in the reader's zone, days and numbers in words of the portal."""
    if value in ("", None):
        return _NOT_SET
    return value if isinstance(value, str | Component) else localize(template_localtime(value))


@dataclass(frozen=True)
class Lifecycle(Component):
    """Where a record is, and who decided each step so far; `current` is the name of a stage."""

    steps: Sequence[Stage]
    current: str

    def __html__(self) -> SafeString:
        return fill('<ol class="lifecycle" aria-label="Life cycle">{}</ol>', join(self._stages()))

    def _stages(self) -> Iterator[SafeString]:
        names = [stage.name for stage in self.steps]
        if self.current not in names:
            raise PropertyError(f"lifecycle: current '{self.current}' is none of {', '.join(names)}")
        at = names.index(self.current)
        for number, stage in enumerate(self.steps):
            word = "Done" if number < at else "To come" if number > at else f"Step {at + 1} of {len(names)}"
            yield fill(
                '\n<li{}><b><span class="word">{}: </span>{}</b><span>{}</span></li>',
                _DONE if number < at else _HERE if number == at else "", word, stage.name, stage.note,
            )  # fmt: skip


@dataclass(frozen=True)
class Timeline(Component):
    """History as a story, newest first or oldest first as given; `days` puts a line before each new day."""

    entries: Sequence[TimelineEntry]
    days: bool = True

    def __html__(self) -> SafeString:
        return self.listed()

    def listed(self) -> SafeString:
        """The entries with the lines of their days."""
        return fill('<ol class="timeline">{}</ol>', join(self._rows()))

    def _rows(self) -> Iterator[SafeString]:
        before: date | None = None
        for entry in self.entries:
            day = times.as_day(entry.when)
            if self.days and day != before:
                yield fill('\n<li class="day"><span>{}</span></li>', times.day(day))
            before = day
            yield self._row(entry)

    def _row(self, entry: TimelineEntry) -> SafeString:
        return fill(
            '\n<li id="{}"><span class="dot{}">{}</span>\n<div class="said"><div class="head"><p><strong>{}</strong> {}'
            '</p><a href="#{}">{}</a></div>\n{}{}</div></li>',
            entry.id,
            f" tone-{entry.tone}" if entry.tone else "",
            draw(entry.icon) if entry.icon else "",
            entry.who,
            entry.verb,
            entry.id,
            times.clock(entry.when) if self.days else times.moment(entry.when),
            fill('<p class="reason"><b>Reason:</b> {}</p>', entry.reason) if entry.reason else "",
            entry.body,
        )


@dataclass(frozen=True)
class Diff(Component):
    """Fields that changed, old then new, moments in the reader's zone; a `summary` folds it behind its words."""

    rows: Sequence[Change]
    summary: str = ""

    def __html__(self) -> SafeString:
        rows = join(_changed(each) for each in self.rows)
        if not self.summary:
            return fill('<dl class="diff">{}</dl>', rows)
        folded = '<details class="fold"><summary>{}</summary><dl class="diff">{}</dl></details>'
        return fill(folded, self.summary, rows)


def _changed(change: Change) -> SafeString:
    old = fill("<del>{}</del>{}", times.told(change.old), draw("to", "changed to")) if change.old else EMPTY
    new = fill("<ins>{}</ins>", times.told(change.new)) if change.new else _EMPTY
    return fill("\n<div><dt>{}</dt><dd>{}{}</dd></div>", change.field, old, new)
