"""Where one begins: the organizations of a person, and the Home of one of them."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.formats import date_format

from cqms.access.reach import WAITS, reach_of
from cqms.audit.timeline import Selection
from cqms.inbox.rows import Row, things
from cqms.inbox.selectors import rows_here
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from cqms.portal import home
from cqms.portal.awaiting import due_on, tasks_of, today_of
from cqms.portal.entrance import open_to
from cqms.portal.policies import may_read_trail
from cqms.records.story import entries
from cqms.ui import times
from cqms.ui.components import Timeline
from cqms.ui.items import Related
from cqms.ui.story import entry_of
from cqms.ui.views import Page

_FEW_TASKS = 5
_FEW_ENTRIES = 8
_NOON, _EVENING = 12, 18
_HOME = "portal:home"


class Start(Page):
    """Lead a person to their only organization, or let them choose among several."""

    template_name = "portal/start.html"
    rail = "start"
    title = "Your organizations"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Choose, or go on."""
        places = [membership.organization for membership in request.memberships]
        if len(places) == 1:
            return HttpResponseRedirect(places[0].path(_HOME))
        inside = open_to(request, to_read=True)
        return self.answer(rows=[self._row(place, place in inside) for place in places])

    def _row(self, place: Organization, is_open: bool) -> Related:
        if not is_open:
            return Related(place.name, place.path(_HOME), "", "What awaits you there is told inside.")
        with scope(place):
            rows = rows_here(self.request.user)
        late = sum(1 for row in rows if is_late(row))
        note = f"{waiting_words(things(rows))}{f', {late} late' if late else ''}"
        return Related(place.name, place.path(_HOME), note, _next_words(rows[0], place) if rows else "Nothing is due.")


class Home(Page):
    """What awaits the reader in this organization, by when and what if late; figures; what happened last."""

    template_name = "portal/home.html"
    rail = "home"

    def get_title(self) -> str:
        return f"{_greeting()}, {self.request.user.name}"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        rows, place = rows_here(request.user), request.organization
        late = sum(1 for row in rows if is_late(row))
        told = entries(request.user, Selection(only_changes=True), limit=_FEW_ENTRIES)
        return self.answer(
            today=f"{date_format(times.as_day(timezone.now()), 'l j F Y')}.",
            waiting=f"{waiting_words(things(rows))}{f'; {late} late' if late else ''}.",
            tasks=tasks_of(rows[:_FEW_TASKS], place) if rows else None,
            count=things(rows),
            figures=home.figures_for(request),
            panels=home.panels_for(request),
            actions=home.actions_for(request),
            story=Timeline([entry_of(each, named=True, brief=True) for each in told]) if told else None,
            waits=WAITS if reach_of(request.user).waits_for_introduction else "",
            has_role=any(reach_of(request.user).anywhere(each) for each in Capability),
            may_read_trail=may_read_trail(request.user),
        )


def is_late(row: Row) -> bool:
    """Whether the time of a row has passed."""
    return row.due is not None and row.due < timezone.now()


def waiting_words(count: int) -> str:
    """How many things await a person, as a sentence without its full stop."""
    few = ("Nothing awaits", "One thing awaits", "Two things await", "Three things await", "Four things await",
           "Five things await", "Six things await", "Seven things await")  # fmt: skip
    return f"{few[count] if count < len(few) else f'{count:,} things await'} you"


def _next_words(row: Row, place: Organization) -> str:
    due = due_on(row, place)
    return f"Next: {row.title}" + (f", {times.distance(due, today_of(row, place))}" if due else "")


def _greeting() -> str:
    hour = timezone.localtime().hour
    return "Good morning" if hour < _NOON else "Good afternoon" if hour < _EVENING else "Good evening"
