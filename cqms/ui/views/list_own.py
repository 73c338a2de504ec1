"""A list as a person made it their own: chosen columns and saved views. Every act is a form; no script is needed.

The address says everything: `cols` the columns, `view` the saved view it came from. What a person chose for the list
as a whole holds where the address is silent. Outside of an organization nothing is remembered.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

from cqms.audit.refusals import Denied
from cqms.lists import services
from cqms.lists.models import ListChoice, SavedView
from cqms.lists.policies import may_change_view, may_share
from cqms.lists.selectors import Own, own_of
from cqms.ui.components import Tabs
from cqms.ui.items import Tab
from cqms.ui.views.list_parts import Column, chosen_columns
from cqms.ui.views.page import Page

ALL = "all"
_NOT_KEPT = ("view", "after", "before", "format")


@dataclass(frozen=True)
class Tool:
    """A column in the menu of columns."""

    key: str
    label: str
    is_shown: bool
    stays: bool


class OwnList(Page):
    """The part of a list page that remembers. Needs the rest of `ListPage`."""

    file_name = "list"

    @property
    def has_organization(self) -> bool:
        """Whether there is an organization in which choices can be kept."""
        return getattr(self.request, "organization", None) is not None

    @cached_property
    def own(self) -> Own | None:
        """What the reader made of this list; one query."""
        return own_of(self.reader, self.file_name) if self.has_organization else None

    @property
    def choice(self) -> ListChoice | None:
        """What the reader chose for this list."""
        return self.own.choice if self.own else None

    @property
    def views(self) -> list[SavedView]:
        """The views offered to the reader."""
        return self.own.views if self.own else []

    @cached_property
    def view(self) -> SavedView | None:
        """The view the address names, if it is offered to the reader."""
        wanted = self.request.GET.get("view", "")
        return next((view for view in self.views if str(view.pk) == wanted), None)

    def shown_columns(self) -> list[Column]:
        """The columns of the address, else those the reader chose, else the usual ones."""
        asked = self.request.GET.get("cols", "").split(".")
        if not any(asked):
            asked = self.choice.columns if self.choice else []
        return chosen_columns(self.columns, asked)

    def default_address(self) -> str:
        """Where a bare address leads: the view this list opens with for the reader; blank without one."""
        if self.request.GET or self.choice is None or self.choice.default_view_id is None:
            return ""
        view = next((each for each in self.views if each.pk == self.choice.default_view_id), None)
        return self.address_of(view) if view else ""

    def address_of(self, view: SavedView) -> str:
        """The address that shows a view."""
        return f"{self.request.path}?{view.query}{'&' if view.query else ''}view={view.pk}"

    def tabs(self) -> Tabs | None:
        """Everything, then the saved views."""
        if not self.views:
            return None
        everything = f"{self.request.path}?view={ALL}" if self.choice and self.choice.default_view_id else None
        items = [Tab("All", everything or self.request.path)]
        items += [Tab(self._label(view), self.address_of(view)) for view in self.views]
        plain = "" if self.shown_query() else "All"
        return Tabs(items, "Saved views", self._label(self.view) if self.view else plain)

    def tools(self) -> dict[str, Any]:
        """What the menus of columns and views show."""
        shown = {column.key for column in self.shown_columns()}
        default = self.choice.default_view_id if self.choice else None
        return {
            "columns": [Tool(c.key, c.label, c.key in shown, c.stays) for c in self.columns],
            "may_share": may_share(self.reader, None),
            "view": self.view,
            "may_change": self.view is not None and may_change_view(self.reader, self.view),
            "is_default": self.view is not None and self.view.pk == default,
            "is_changed": self.view is not None and self.view.query != self.shown_query(),
        }

    def shown_query(self) -> str:
        """What is shown, as a view keeps it: the address without paging and without the view's own name."""
        kept = QueryDict(mutable=True)
        for name, values in self.request.GET.lists():
            if name not in _NOT_KEPT:
                kept.setlist(name, values)
        return kept.urlencode()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what a menu of the list asks for; what is wrong stands beside the name that was typed."""
        act = getattr(self, f"do_{request.POST.get('do', '')}", None) if self.has_organization else None
        if act is None:
            return self.http_method_not_allowed(request)
        self.get_queryset()  # refuses whoever may not see the list at all
        try:
            return HttpResponseRedirect(act(request.POST))
        except ValidationError as error:
            return self.show(status=422, wrong=" ".join(error.messages), typed=request.POST.get("name", ""))

    def do_columns(self, data: QueryDict) -> str:
        """Show the ticked columns: remembered for the list, or, on a view, part of the address."""
        keys = [column.key for column in self.columns if column.key in data.getlist("column") or column.stays]
        if self.view is None:
            services.choose_columns(self.reader, self.file_name, keys)
        return self.url(cols=".".join(keys) if self.view else "")

    def do_usual_columns(self, data: QueryDict) -> str:
        """Show the list's own columns again."""
        if self.view is None:
            services.choose_columns(self.reader, self.file_name, [])
        return self.url(cols="")

    def do_save_view(self, data: QueryDict) -> str:
        """Keep what is shown under a new name."""
        name, shared = data.get("name", ""), "shared" in data
        view = services.save_view(self.reader, self.file_name, name=name, query=self._query_to_keep(), shared=shared)
        if "default" in data:
            services.choose_default(self.reader, self.file_name, view)
        messages.success(self.request, f"Saved the view “{view}”.")
        return self.address_of(view)

    def do_change_view(self, data: QueryDict) -> str:
        """Rename the view, share it or not; with `take` it shows from now on what is shown here."""
        view = self._view_or_denied()
        query = self._query_to_keep() if "take" in data else None
        services.change_view(view, actor=self.reader, name=data.get("name", ""), shared="shared" in data, query=query)
        messages.success(self.request, f"Saved the view “{view}”.")
        return self.address_of(view)

    def do_default_view(self, data: QueryDict) -> str:
        """Open the list with this view from now on."""
        view = self._view_or_denied()
        services.choose_default(self.reader, self.file_name, view)
        messages.success(self.request, f"{self.get_title()} opens with “{view}” for you.")
        return self.address_of(view)

    def do_no_default_view(self, data: QueryDict) -> str:
        """Open the list with everything again."""
        services.choose_default(self.reader, self.file_name, None)
        messages.success(self.request, f"{self.get_title()} opens with everything for you.")
        return self.url()

    def do_delete_view(self, data: QueryDict) -> str:
        """Delete the view."""
        view = self._view_or_denied()
        services.delete_view(view, actor=self.reader)
        messages.success(self.request, f"Deleted the view “{view}”.")
        return self.request.path

    def _query_to_keep(self) -> str:
        """The address with the columns as they are now, so that the view looks the same for everybody."""
        query = QueryDict(self.shown_query(), mutable=True)
        query["cols"] = ".".join(column.key for column in self.shown_columns())
        return query.urlencode()

    def _view_or_denied(self) -> SavedView:
        if self.view is None:
            raise Denied("This view is not there any more, or it is not shared with you.")
        return self.view

    def _label(self, view: SavedView) -> str:
        return view.name if view.owner_id == self.reader.pk else f"{view.name}, by {view.owner.name}"
