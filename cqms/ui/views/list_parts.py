"""What a list is made of: columns, filters, and how many rows each option of a filter would leave."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, QuerySet
from django.http import HttpRequest
from django.utils.text import slugify

COUNTED = 2_500
"""Of how many rows it is told exactly how many there are: a page never reads more of them to count."""


@dataclass(frozen=True)
class Column:
    """A column. `cell` makes what the page shows, `text` what a file holds (without it the cell, if it is text).

    `sort` is the field behind a sortable head; css as in `Head`. The column with css "lead" names the row and always
    stays; one that is not `shown` appears when a reader chooses it. `reads` is the field of a related record that it
    tells, `owner__name`, where it is not sorted by that.
    """

    label: str
    cell: Callable[[Any], object]
    text: Callable[[Any], object] | None = None
    sort: str = ""
    css: str = ""
    shown: bool = True
    reads: str = ""

    @property
    def key(self) -> str:
        """Its name in addresses."""
        return slugify(self.label)

    @property
    def told(self) -> str:
        """The field of a related record that it tells; blank where it tells of the record itself."""
        return self.reads or (self.sort if "__" in self.sort else "")

    @property
    def stays(self) -> bool:
        """Whether it cannot be taken away, because it names the row."""
        return "lead" in self.css.split()

    def plain(self, record: Any) -> object:
        """The value for a file: text, or a number or day as such."""
        return (self.text or self.cell)(record)


@dataclass(frozen=True)
class Filter:
    """A visible filter: its options as (value, label) for this request, and what a chosen value leaves.

    `count` is the field whose values the options are: with it each option says how many rows it would leave.
    """

    key: str
    label: str
    options: Callable[[HttpRequest], Sequence[tuple[str, str]]]
    apply: Callable[[QuerySet, str], QuerySet]
    preset: str = ""
    count: str = ""


def chosen_columns(columns: Sequence[Column], keys: Sequence[str]) -> list[Column]:
    """The columns of those keys in the list's own order, with those that always stay; without keys the usual ones."""
    known = {column.key for column in columns}
    if not known & set(keys):
        return [column for column in columns if column.shown or column.stays]
    return [column for column in columns if column.key in keys or column.stays]


def sort_field(queryset: QuerySet, name: str) -> Field:
    """The model field behind a path such as `owner__name`."""
    model, *parts = queryset.model, *name.split("__")
    field = None
    for part in parts:
        field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        model = field.related_model or model
    if field is None:
        raise FieldDoesNotExist(name)
    return field


def total_words(total: int, *, more: bool = False) -> str:
    """How many rows there are; with `more` at least one more, told as a round number that is easy to take in."""
    if not more:
        return f"{total:,}"
    unit = 10 ** max(len(str(total)) - 2, 0)
    return f"more than {total // unit * unit:,}"


def rows_words(total: str) -> str:
    """The count with its noun."""
    return f"{total} {'row' if total == '1' else 'rows'}"
