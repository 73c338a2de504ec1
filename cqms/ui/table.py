"""The table: built in Python in one pass, so that eighty rows cost a few milliseconds and no template nodes."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from cqms.ui.component import Component, PropertyError
from cqms.ui.icons import icon
from cqms.ui.items import Head, Row
from cqms.ui.markup import fill, join, markup


@dataclass(frozen=True)
class Table(Component):
    """Rows under heads. On a narrow box `stack` turns each row into a card; `listing` adds hover, keys and tick boxes.

    A row is a sequence of cells or a `Row`; the column with css "lead" names the row. `caption` is for screen readers.
    """

    heads: Sequence[Head]
    rows: Sequence[Row | Sequence[object]]
    caption: str
    sticky: bool = False
    stack: bool = True
    listing: bool = False

    def __html__(self) -> SafeString:
        ticks = any(isinstance(row, Row) and row.tick for row in self.rows)
        around = [frame(head) for head in self.heads]
        kinds = [f"table--{kind}" for kind in ("sticky", "stack") if getattr(self, kind)]
        classes = " ".join(["table", *kinds, *(["table--rows"] if self.listing else [])])
        return fill(
            '<table class="{}"{}><caption class="visually-hidden">{}</caption><thead><tr>{}{}</tr></thead>'
            "<tbody>{}</tbody></table>",
            classes,
            SafeString(" data-rows") if self.listing else "",
            self.caption,
            ALL_TICK if ticks else "",
            join(head_cell(head) for head in self.heads),
            join(self._row(row, around, ticks=ticks) for row in self.rows),
        )

    def _row(self, row: Row | Sequence[object], around: Sequence[tuple[str, str]], *, ticks: bool) -> str:
        cells = row.cells if isinstance(row, Row) else row
        if len(cells) != len(around):
            raise PropertyError(f"table: a row has {len(cells)} cells for {len(around)} heads")
        inside = "".join([f"{start}{markup(cell)}{end}" for (start, end), cell in zip(around, cells, strict=True)])
        tick = tick_cell(row) if ticks and isinstance(row, Row) else ""
        return f"<tr{' data-row' if self.listing else ''}>{tick}{inside}</tr>"


ALL_TICK = SafeString(
    '<th scope="col" class="tick"><input type="checkbox" data-tick-all aria-label="Select all rows on this page"></th>'
)


def tick_cell(row: Row) -> SafeString:
    """The tick box of a row, named after it."""
    return fill(
        '<td class="tick"><input type="checkbox" name="row" value="{}" aria-label="Select {}"></td>',
        row.tick,
        row.name or row.tick,
    )


def head_cell(head: Head) -> SafeString:
    """A column head: a link when it can be sorted, with the direction in words and as an arrow."""
    label = fill('<span class="visually-hidden">{}</span>', head.label) if head.hidden else head.label
    if head.href:
        arrow = icon("up" if head.sorted == "ascending" else "down") if head.sorted else ""
        label = fill('<a href="{}">{}{}</a>', head.href, label, arrow)
    css = " ".join(word for word in head.css.split() if word != "lead")
    classes = fill(' class="{}"', css) if css else ""
    order = fill(' aria-sort="{}"', head.sorted) if head.sorted else ""
    return fill('<th scope="col"{}{}>{}</th>', classes, order, label)


def frame(head: Head) -> tuple[str, str]:
    """The tags around a cell: the lead cell heads its row, every other carries its label for the card."""
    classes = fill(' class="{}"', head.css) if head.css else ""
    if "lead" in head.css.split():
        return f'<th scope="row"{classes}>', "</th>"
    label = "" if head.hidden else fill(' data-label="{}"', head.label)
    return f"<td{classes}{label}>", "</td>"
