"""The list page: what is shown is what is filtered, and a file holds exactly that."""

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any
from urllib.parse import quote_plus, urlencode
from uuid import uuid4

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from cqms.lists.files import FORMATS
from cqms.search.holding import Sought
from cqms.ui import keyset
from cqms.ui.atoms import Button
from cqms.ui.components import Bulk, Empty, Pager, Table, Toolbar
from cqms.ui.items import Head, Row, Search
from cqms.ui.menus import Chip, Option
from cqms.ui.views.list_counts import Counts, Facet, Looked, count
from cqms.ui.views.list_files import ListFiles
from cqms.ui.views.list_own import OwnList
from cqms.ui.views.list_parts import Column, Filter, rows_words, sort_field, total_words

PAGING = ("after", "before")
_HERE = uuid4().hex


class ListPage(OwnList, ListFiles):
    """A list. Define `columns` and `get_queryset`; `order` is a field, "-" before it for descending.

    Parameters in the address: `q` the search, `sort`, `cols` the columns, `view` a saved view, `after`/`before` a
    cursor, one per filter, `format=csv` or `xlsx`. Anything else is ignored, so an old link never breaks.
    `file_name` names its files, and what people keep about it.
    """

    template_name = "layouts/list.html"
    columns: Sequence[Column] = ()
    filters: Sequence[Filter] = ()
    order = "-pk"
    size = 50
    search_label = ""
    search_placeholder = ""
    sought: Sought | None = None

    def get_queryset(self) -> QuerySet:
        """Every row this reader may see, with what the cells need (select_related)."""
        raise NotImplementedError

    def search(self, queryset: QuerySet, words: str) -> QuerySet:
        """The rows that hold the words. Define it together with `search_label`, or `sought` where rows can be many."""
        if self.sought is None:
            raise NotImplementedError
        return self.sought.narrow(queryset, words)

    def row(self, record: Any, cells: list[object]) -> Row:
        """A row of the table; with `tick` it can be chosen for a bulk action."""
        return Row(cells)

    def bulk(self) -> Bulk | None:
        """What can be done with ticked rows; the buttons post the form with `row` values."""
        return None

    def empty(self, *, filtered: bool) -> Empty:
        """What stands in place of a table without rows."""
        if filtered:
            again = Button("Show all", href=self.cleared())
            return Empty("Nothing matches", "Take a filter away or search for fewer words.", again)
        return Empty("Nothing here yet", "As soon as there is something you may see, it stands here.")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, a file of what it shows, or the way to the view this list opens with."""
        kind = FORMATS.get(request.GET.get("format", ""))
        if kind is not None:
            return self.export(self.filtered(), kind)
        default = self.default_address()
        return HttpResponseRedirect(default) if default else self.show()

    def show(self, status: int = 200, **context: Any) -> HttpResponse:
        """The page. Counted first: the same query learns which rows hold the words."""
        self.counts  # noqa: B018
        found, order = self.filtered(), self.chosen_order()
        field = sort_field(found, order.field)
        cursors = {name: keyset.decode(self.request.GET.get(name, ""), field) for name in PAGING}
        part = keyset.page(found, order, self.size, **cursors)
        return self.answer(status, **self.around(found, order, part), **context)

    @cached_property
    def chosen(self) -> dict[str, str]:
        """The chosen value of each filter; only values that are among its options."""
        chosen = {}
        for each in self.filters:
            value = self.request.GET.get(each.key, each.preset)
            if value and value in dict(self.options[each.key]):
                chosen[each.key] = value
        return chosen

    @cached_property
    def options(self) -> dict[str, Sequence[tuple[str, str]]]:
        """The options of each filter for this reader."""
        return {each.key: each.options(self.request) for each in self.filters}

    @cached_property
    def counts(self) -> Counts:
        """How many rows there are, and how many each option of a filter would leave; one query."""
        looked = Looked(self.sought, self.words()) if self.sought and self.words() else None
        left = partial(self.filtered, searched=looked is None)
        found = left()
        facets = {
            each.key: Facet(left(without=each.key) if each.key in self.chosen else found, each.count)
            for each in self.filters
            if each.count
        }
        return count(found, facets, looked)

    def words(self) -> str:
        """What is searched for; characters a database cannot hold are left out."""
        return self.request.GET.get("q", "").replace("\x00", "").strip()[:200] if self.search_label else ""

    @cached_property
    def whole(self) -> QuerySet:
        """Every row this reader may see, put together once for all that is asked of it."""
        return self.get_queryset()

    def filtered(self, *, without: str = "", searched: bool = True) -> QuerySet:
        """The rows that filters and, if `searched`, words leave; `without` names a filter that is left out."""
        queryset = self.whole.all()
        for each in self.filters:
            if each.key in self.chosen and each.key != without:
                queryset = each.apply(queryset, self.chosen[each.key])
        return self.search(queryset, self.words()) if searched and self.words() else queryset

    def chosen_order(self) -> keyset.Order:
        """The order of the address, if a column offers it, else the list's own."""
        wanted = self.request.GET.get("sort", "")
        offered = {column.sort for column in self.columns if column.sort}
        text = wanted if wanted.removeprefix("-") in offered else self.order
        return keyset.Order(text.removeprefix("-"), text.startswith("-"))

    def url(self, **changes: str) -> str:
        """The address of this list with some parameters changed; blank takes one away, and the paging starts anew."""
        query = {**self._asked, **{name: [value] for name, value in changes.items()}}
        kept = {name: values for name, values in query.items() if values != [""] or name in self._presets}
        return f"?{urlencode(kept, doseq=True)}" if kept else self.request.path

    def urls(self, name: str) -> Callable[[str], str]:
        """What makes the address with this parameter changed to a value: put together once for many values."""
        before, _, after = self.url(**{name: _HERE}).partition(_HERE)
        return lambda value: f"{before}{quote_plus(value)}{after}"

    @cached_property
    def _asked(self) -> dict[str, list[str]]:
        return {name: values for name, values in self.request.GET.lists() if name not in (*PAGING, "format")}

    @cached_property
    def _presets(self) -> set[str]:
        return {each.key for each in self.filters if each.preset}

    def cleared(self) -> str:
        """The address without any filter or words."""
        return self.url(q="", **{each.key: "" for each in self.filters})

    def around(self, found: QuerySet, order: keyset.Order, part: keyset.Slice) -> dict[str, Any]:
        """What the template reads."""
        total, columns = self._total(part), self.shown_columns()
        rows = [self.row(record, [column.cell(record) for column in columns]) for record in part.rows]
        caption = f"{self.get_title()}, {rows_words(total)}"
        return {
            "total": total,
            "tabs": self.tabs(),
            "tools": self.tools() if self.has_organization else None,
            "toolbar": self.toolbar(),
            "table": Table(self.heads(order), rows, caption, sticky=True, listing=True),
            "pager": self.pager(part, total),
            "empty": None if rows else self.empty(filtered=bool(self.words() or self.chosen)),
            "export": self.export_menu(total) if rows else None,
            "bulk": self.bulk() if rows else None,
        }

    def _total(self, part: keyset.Slice) -> str:
        """How many rows there are: when this page is all, its own, else those counted, or more than those known of."""
        if part.before is None and part.after is None:
            return total_words(len(part.rows))
        if not self.counts.more:
            return total_words(self.counts.total)
        return total_words(max(self.counts.total, part.last + (part.after is not None)) - 1, more=True)

    def heads(self, order: keyset.Order) -> list[Head]:
        """The column heads; a sortable one links to its order, or to the reverse when it is the order."""
        return [self._head(column, order) for column in self.shown_columns()]

    def _head(self, column: Column, order: keyset.Order) -> Head:
        if not column.sort:
            return Head(column.label, column.css)
        here = column.sort == order.field
        target = f"-{column.sort}" if here and not order.descending else column.sort
        direction = ("descending" if order.descending else "ascending") if here else ""
        return Head(column.label, column.css, self.url(sort=target), direction)

    def toolbar(self) -> Toolbar | None:
        """Search box and filter chips; each chosen one can be taken away, and all at once."""
        chips = [self._chip(each, self.chosen.get(each.key, "")) for each in self.filters]
        if self.words():
            chips.append(Chip("Words", self.words(), on=True, remove_href=self.url(q="")))
        clear = self.cleared() if len(self.chosen) + bool(self.words()) > 1 else ""
        if not self.search_label:
            return Toolbar(chips, clear_href=clear) if chips else None
        hidden = [
            (name, str(value)) for name, value in self.request.GET.items() if name not in (*PAGING, "q", "format")
        ]
        box = Search(self.search_label, value=self.words(), placeholder=self.search_placeholder, hidden=hidden)
        return Toolbar(chips, box, clear_href=clear)

    def _chip(self, each: Filter, value: str) -> Chip:
        given = self.options[each.key]
        counts, url = self.counts.by_facet.get(each.key), self.urls(each.key)
        options = [Option("Any", self.url(**{each.key: ""}), chosen=not value)]
        for key, label in given:
            tally = None if counts is None else counts.get(key, 0)
            options.append(Option(label, url(key), chosen=key == value, tally=tally))
        remove = self.url(**{each.key: ""}) if value else ""
        return Chip(each.label, dict(given).get(value, "any"), on=bool(value), remove_href=remove, options=options)

    def pager(self, part: keyset.Slice, total: str) -> Pager:
        """The links to the pages around this one."""
        before = self.url(before=part.before.encode()) if part.before else ""
        after = self.url(after=part.after.encode()) if part.after else ""
        return Pager(part.first, part.last, total, before, after)
