"""The list page: what is shown is what is filtered, and the CSV holds exactly that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict

from cqms.ui import keyset
from cqms.ui.atoms import Button, Chip, Option
from cqms.ui.components import Bulk, Empty, Menu, Pager, Table, Tabs, Toolbar
from cqms.ui.download import csv_answer
from cqms.ui.items import Head, Row, Search
from cqms.ui.views.page import Page

COUNTED = 10_000
EXPORTED = 10_000
PAGING = ("after", "before")


@dataclass(frozen=True)
class Column:
    """A column. `cell` makes what the page shows, `text` what the CSV holds (without it the cell, if it is text).

    `sort` is the field behind a sortable head; css as in `Head`.
    """

    label: str
    cell: Callable[[Any], object]
    text: Callable[[Any], object] | None = None
    sort: str = ""
    css: str = ""

    def plain(self, record: Any) -> object:
        """The value for the CSV."""
        return (self.text or self.cell)(record)


@dataclass(frozen=True)
class Filter:
    """A visible filter: its options as (value, label) for this request, and what a chosen value leaves."""

    key: str
    label: str
    options: Callable[[HttpRequest], Sequence[tuple[str, str]]]
    apply: Callable[[QuerySet, str], QuerySet]
    preset: str = ""


class ListPage(Page):
    """A list. Define `columns` and `get_queryset`; `order` is a field, "-" before it for descending.

    Parameters in the address: `q` the search, `sort`, `after`/`before` a cursor, one per filter, `format=csv`.
    Anything else in them is ignored, so an old link never breaks.
    """

    template_name = "layouts/list.html"
    columns: Sequence[Column] = ()
    filters: Sequence[Filter] = ()
    order = "-pk"
    size = 50
    search_label = ""
    search_placeholder = ""
    file_name = "list"

    def get_queryset(self) -> QuerySet:
        """Every row this reader may see, with what the cells need (select_related)."""
        raise NotImplementedError

    def search(self, queryset: QuerySet, words: str) -> QuerySet:
        """The rows that hold the words. Define together with `search_label`."""
        raise NotImplementedError

    def row(self, record: Any, cells: list[object]) -> Row:
        """A row of the table; with `tick` it can be chosen for a bulk action."""
        return Row(cells)

    def bulk(self) -> Bulk | None:
        """What can be done with ticked rows; the buttons post the form with `row` values."""
        return None

    def tabs(self) -> Tabs | None:
        """Saved views of this list."""
        return None

    def empty(self, *, filtered: bool) -> Empty:
        """What stands in place of a table without rows."""
        if filtered:
            again = Button("Show all", href=self.request.path)
            return Empty("Nothing matches", "Take a filter away or search for fewer words.", again)
        return Empty("Nothing here yet", "As soon as there is something you may see, it stands here.")

    def exported(self, count: int) -> None:
        """Called after rows were exported, so that an app can write it into the trail."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or the CSV of what it shows."""
        found = self.filtered()
        if request.GET.get("format") == "csv":
            return self.csv(found)
        order = self.chosen_order()
        field = sort_field(found, order.field)
        cursors = {name: keyset.decode(request.GET.get(name, ""), field) for name in PAGING}
        part = keyset.page(found, order, self.size, **cursors)
        return self.answer(**self.around(found, order, part))

    def chosen(self) -> dict[str, str]:
        """The chosen value of each filter; only values that are among its options."""
        chosen = {}
        for each in self.filters:
            value = self.request.GET.get(each.key, each.preset)
            if value and value in dict(each.options(self.request)):
                chosen[each.key] = value
        return chosen

    def words(self) -> str:
        """What is searched for; characters a database cannot hold are left out."""
        return self.request.GET.get("q", "").replace("\x00", "").strip()[:200] if self.search_label else ""

    def filtered(self) -> QuerySet:
        """The rows that filters and search leave."""
        queryset, chosen = self.get_queryset(), self.chosen()
        for each in self.filters:
            if each.key in chosen:
                queryset = each.apply(queryset, chosen[each.key])
        return self.search(queryset, self.words()) if self.words() else queryset

    def chosen_order(self) -> keyset.Order:
        """The order of the address, if a column offers it, else the list's own."""
        wanted = self.request.GET.get("sort", "")
        offered = {column.sort for column in self.columns if column.sort}
        text = wanted if wanted.removeprefix("-") in offered else self.order
        return keyset.Order(text.removeprefix("-"), text.startswith("-"))

    def url(self, **changes: str) -> str:
        """The address of this list with some parameters changed; blank takes one away, and the paging starts anew."""
        query = self.request.GET.copy()
        for name in (*PAGING, "format"):
            query.pop(name, None)
        for name, value in changes.items():
            query[name] = value
        presets = {each.key for each in self.filters if each.preset}
        kept = QueryDict(mutable=True)
        for name, values in query.lists():
            if values != [""] or name in presets:
                kept.setlist(name, values)
        return f"?{kept.urlencode()}" if kept else self.request.path

    def around(self, found: QuerySet, order: keyset.Order, part: keyset.Slice) -> dict[str, Any]:
        """What the template reads."""
        total = count_words(found)
        rows = [self.row(record, [column.cell(record) for column in self.columns]) for record in part.rows]
        caption = f"{self.get_title()}, {total} rows"
        return {
            "total": total,
            "tabs": self.tabs(),
            "toolbar": self.toolbar(),
            "table": Table(self.heads(order), rows, caption, sticky=True, listing=True),
            "pager": self.pager(part, total),
            "empty": None if rows else self.empty(filtered=bool(self.words() or self.chosen())),
            "export": self.export_menu(total) if rows else None,
            "bulk": self.bulk() if rows else None,
        }

    def heads(self, order: keyset.Order) -> list[Head]:
        """The column heads; a sortable one links to its order, or to the reverse when it is the order."""
        return [self._head(column, order) for column in self.columns]

    def _head(self, column: Column, order: keyset.Order) -> Head:
        if not column.sort:
            return Head(column.label, column.css)
        here = column.sort == order.field
        target = f"-{column.sort}" if here and not order.descending else column.sort
        direction = ("descending" if order.descending else "ascending") if here else ""
        return Head(column.label, column.css, self.url(sort=target), direction)

    def toolbar(self) -> Toolbar | None:
        """Search box and filter chips."""
        chips = [self._chip(each, self.chosen().get(each.key, "")) for each in self.filters]
        if not self.search_label:
            return Toolbar(chips) if chips else None
        hidden = [
            (name, str(value)) for name, value in self.request.GET.items() if name not in (*PAGING, "q", "format")
        ]
        box = Search(self.search_label, value=self.words(), placeholder=self.search_placeholder, hidden=hidden)
        return Toolbar(chips, box)

    def _chip(self, each: Filter, value: str) -> Chip:
        labels = dict(each.options(self.request))
        options = [Option("Any", self.url(**{each.key: ""}), chosen=not value)]
        options += [Option(label, self.url(**{each.key: key}), chosen=key == value) for key, label in labels.items()]
        return Chip(each.label, labels.get(value, "any"), on=bool(value), options=options)

    def pager(self, part: keyset.Slice, total: str) -> Pager:
        """The links to the pages around this one."""
        before = self.url(before=part.before.encode()) if part.before else ""
        after = self.url(after=part.after.encode()) if part.after else ""
        return Pager(part.first, part.last, total, before, after)

    def export_menu(self, total: str) -> Menu:
        """The export of exactly what is shown."""
        option = Option("CSV", self.url(format="csv"), "file")
        return Menu("Export", [option], f"Exactly these {total} rows and these columns", end=True, icon="download")

    def csv(self, found: QuerySet) -> HttpResponse:
        """The rows as a file; more than EXPORTED are refused with a sentence."""
        order = self.chosen_order()
        records = list(order.by(found)[: EXPORTED + 1])
        if len(records) > EXPORTED:
            why = f"A file holds {EXPORTED:,} rows. Set a filter and export again."
            plain = Empty("Too many rows for one file", why, Button("Back to the list", href=self.url()))
            return self.answer(422, empty=plain, toolbar=self.toolbar())
        self.exported(len(records))
        lines = ([column.plain(record) for column in self.columns] for record in records)
        return csv_answer(self.file_name, [column.label for column in self.columns], lines)


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


def count_words(queryset: QuerySet) -> str:
    """How many rows there are: counted up to COUNTED, "more than" beyond, so that a list stays quick."""
    counted = queryset.order_by()[: COUNTED + 1].count()
    return f"more than {COUNTED:,}" if counted > COUNTED else f"{counted:,}"
