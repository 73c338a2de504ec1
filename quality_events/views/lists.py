"""Lists: all quality events, and those of one type."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse

from cqms.search.holding import Sought
from cqms.ui.atoms import Badge, Button, Number
from cqms.ui.component import Component
from cqms.ui.components import Empty, Figures
from cqms.ui.menus import Menu, Option
from cqms.ui.views import Column, Filter, ListPage
from quality_events import presentation
from quality_events.models import EventRecord
from quality_events.policies import may_read_somewhere
from quality_events.selectors import listed_for, sought_in
from quality_events.types import EventType, type_of, types
from studies.models import STUDY, Study
from studies.presentation import study_options

RAIL = "quality_events"


LOGGED = Column("Logged", presentation.late_badge, lambda each: each.logged_on or "", "logged_on", css="col-2")
"""When a deviation was logged: on the page whether that was late, in a file the day."""
LOGGED_LATE = Filter(
    "logged", "Logged", lambda _: [("late", "Late")],
    lambda rows, value: rows.filter(logged_on__gt=F("log_due_on")) if value == "late" else rows,
)  # fmt: skip


def _noun(entry: Any) -> str:
    return next(each.noun for each in types() if each.kind == entry.kind)


def _of_study(rows: QuerySet, number: str) -> QuerySet:
    return rows.filter(anchor_kind=STUDY, anchor_id__in=Study.objects.filter(number=number).values("pk"))


class EveryEvent(ListPage):
    """All quality events of every type, as search knows them."""

    title = "Quality events"
    rail = RAIL
    template_name = "quality_events/all.html"
    search_label = "Search quality events"
    search_placeholder = "Number or title"
    file_name = "quality-events"
    columns = (
        Column("Number", lambda e: Number(e.number, presentation.entry_path(e)), lambda e: e.number, "number", "fit"),
        Column("Title", lambda e: e.title, sort="title", css="lead"),
        Column("Type", _noun, sort="kind", css="col-2"),
        Column("State", lambda e: Badge(e.state, e.tone), lambda e: e.state, "state", "state"),
    )
    filters = (
        Filter("type", "Type", lambda _: [(each.space, each.plural) for each in types()],
               lambda rows, value: rows.filter(kind__in=[each.kind for each in types() if each.space == value])),
        Filter("study", "Study", study_options, _of_study),
    )  # fmt: skip

    def get_queryset(self) -> QuerySet:
        may_read_somewhere.demand(self.reader)
        return presentation.every_entry(self.request)

    @property
    def sought(self) -> Sought:  # type: ignore[override]
        """In number or title of events of every type."""
        return Sought(("number", "title"), [each.kind for each in types()], of_entries=True)

    def around(self, *args: Any) -> dict[str, Any]:
        """Above the list: how much of each type is open."""
        figures = Figures(presentation.open_figures(self.request))
        return {**super().around(*args), "figures": figures, "openings": openings(self.reader)}


def openings(reader: Any) -> list[Component]:
    """The charts, and what begins a record: a menu of the types, and a button for the first, which needs no type."""
    found = presentation.begun_by(reader)
    others = [Option(each.begins, presentation.new_path(each)) for each in found[1:]]
    menu = [Menu("New record", others, end=True)] if others else []
    charts = Button("Charts", icon="report", href=reverse("quality_events:charts"))
    return [charts, *menu, *map(presentation.opening_button, found[:1])]


class EventList(ListPage):
    """The records of one type. Define `model`; columns and filters of the type are added to those of all."""

    rail = RAIL
    template_name = "quality_events/list.html"
    order = "-number"
    search_placeholder = "Number, title or words of the description"
    model: type[EventRecord]
    own_columns: Sequence[Column] = ()
    own_filters: Sequence[Filter] = ()

    @property
    def found(self) -> EventType:
        """The type."""
        return type_of(self.model)

    @property
    def title(self) -> str:  # type: ignore[override]
        """The noun in the plural."""
        return self.found.plural

    @property
    def search_label(self) -> str:  # type: ignore[override]
        """The label of the search box."""
        return f"Search {self.found.plural.lower()}"

    @property
    def file_name(self) -> str:  # type: ignore[override]
        """The name of its files, and of what people keep about it."""
        return self.found.plural.lower().replace(" ", "-")

    @property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]
        """Those of every type around those of this one."""
        return (*_FIRST, *self.own_columns, *_LAST)

    @property
    def filters(self) -> Sequence[Filter]:  # type: ignore[override]
        """Those of every type, then those of this one."""
        choices = self.found.workflow.states.choices
        state = Filter("state", "State", lambda _: choices, lambda rows, value: rows.filter(state=value), count="state")
        mine = Filter("owner", "Owner", lambda _: [("me", "Me")], lambda rows, _: rows.filter(owner=self.reader))
        return (state, mine, *_FILTERS, *self.own_filters)

    def get_queryset(self) -> QuerySet:
        may_read_somewhere.demand(self.reader)
        return listed_for(self.model, self.reader, [each.told for each in self.shown_columns() if each.told])

    @property
    def sought(self) -> Sought:  # type: ignore[override]
        """In number, title or description, and whatever else the type is found by."""
        return sought_in(self.model)

    def empty(self, *, filtered: bool) -> Empty:
        if filtered or not self.new_url:
            return super().empty(filtered=filtered)
        start = Button(self.found.begins, "primary", href=self.new_url)
        return Empty(f"No {self.found.plural.lower()} yet", "As soon as one is opened, it stands here.", start)

    @property
    def more_actions(self) -> list[Button]:
        """Further buttons of the type, above the list."""
        return []

    @property
    def new_url(self) -> str:
        """Where one is opened; blank for who may not."""
        return presentation.new_path(self.found) if presentation.may_begin(self.found)(self.reader) else ""


_FIRST = (
    Column("Number", presentation.number_of, lambda r: r.number, "number", "fit"),
    Column("Title", lambda r: r.title, sort="title", css="lead"),
    Column("State", presentation.badge_of, lambda r: r.get_state_display(), "state", "state"),
)
_LAST = (
    Column("Study", lambda r: r.study.number if r.study else "", sort="study__number", css="col-2 nowrap"),
    Column("Site", lambda r: r.site.number if r.site else "", sort="site__number", css="col-2", shown=False),
    Column("Owner", lambda r: r.owner.name, sort="owner__name", css="col-2"),
    Column("Reported by", lambda r: r.reporter.name, shown=False, reads="reporter__name"),
    Column("Due", presentation.due_cell, lambda r: r.due_at, css="fit"),
)
_FILTERS = (Filter("study", "Study", study_options, lambda rows, value: rows.filter(study__number=value)),)
