"""The page of charts, each chart, and the records behind a mark."""

from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from cqms.charts.drawing import draw
from cqms.charts.kinds import small
from cqms.jobs.pages import page_of
from cqms.organizations.scope import today
from cqms.ui.atoms import Button
from cqms.ui.components import Chart, Links, Table
from cqms.ui.items import Crumb, Head, Related
from cqms.ui.views import Page
from quality_events import reports
from quality_events.charting import ChartKind, chart_kinds
from quality_events.counting import Asked
from quality_events.policies import may_export_somewhere, may_read_somewhere
from quality_events.presentation import badge_of, number_of
from quality_events.types import types
from studies.selectors import studies_for, studies_to_choose

RAIL = "quality_events"
_MOST = 200


class OfChart(Page):
    """A page of one chart: which it is, and what is counted."""

    rail = RAIL

    @cached_property
    def kind(self) -> ChartKind:
        """The chart of the address. Raises Http404, Denied."""
        may_read_somewhere.demand(self.reader)
        try:
            return chart_kinds()[self.kwargs["key"]]
        except KeyError:
            raise Http404 from None

    def get_title(self) -> str:
        return self.kind.name

    def crumbs(self) -> list[Crumb]:
        return [
            Crumb("Quality events", reverse("quality_events:list")), Crumb("Charts", reverse("quality_events:charts")),
            Crumb(self.kind.name, "" if type(self) is ChartPage else self.chart_path),
        ]  # fmt: skip

    @property
    def chart_path(self) -> str:
        """The page of the chart."""
        return reverse("quality_events:chart", kwargs=self.kwargs)

    @cached_property
    def asked(self) -> Asked:
        """What is counted, as the address says; a chart of a study begins with the first."""
        given, reads = self.request.GET, studies_for(self.reader).order_by("number")
        number, space = given.get("study", "").replace("\x00", ""), given.get("type", "")
        study = reads.filter(number=number).first() if number else None
        if study is None and self.kind.needs_study:
            study = reads.first()
        return Asked(self.reader, today(), study, space if space in {each.space for each in types()} else "")


class ChartPage(OfChart):
    """One chart with its finding, filters and table; every mark opens the records behind it."""

    template_name = "quality_events/chart.html"

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """Draw it."""
        shown = self.kind.show(self.asked)
        context: dict[str, Any] = {"kind": self.kind, "crumbs": self.crumbs(), **self._filters()}
        if shown is not None:
            context |= {
                "finding": shown.finding,
                "chart": Chart(
                    draw(shown.spec, shown.finding).on_page(),
                    shown.finding,
                    shown.note,
                    narrow=small(shown.spec, shown.finding),
                ),
                "table": Table(shown.heads, shown.rows, shown.finding),
                "prints": may_export_somewhere(self.reader),
            }
        return self.answer(200, **context)

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """Print it, as it is chosen."""
        may_export_somewhere.demand(self.reader)
        job = reports.request_chart(self.kind.key, self.kind.name, self.asked)
        return HttpResponseRedirect(page_of(job))

    def _filters(self) -> dict[str, Any]:
        chosen = self.asked.study.number if self.asked.study else ""
        numbers = [(each.number, str(each)[:80]) for each in studies_to_choose(self.reader, chosen)]
        return {
            "study_options": numbers if self.kind.needs_study else [("", "All studies"), *numbers],
            "type_options": [("", "All types"), *((each.space, each.plural) for each in types())],
            "chosen_study": chosen,
            "chosen_type": self.asked.space,
        }


class ChartsIndex(Page):
    """Every chart there is."""

    rail = RAIL
    title = "Charts of quality events"
    template_name = "quality_events/charts.html"

    def get_title(self) -> str:
        return self.title

    def get(self, request: HttpRequest) -> HttpResponse:
        """Their names and what each shows."""
        may_read_somewhere.demand(self.reader)
        rows = [
            Related(each.name, reverse("quality_events:chart", kwargs={"key": each.key}), sub=each.about)
            for each in chart_kinds().values()
        ]
        crumbs = [Crumb("Quality events", reverse("quality_events:list")), Crumb("Charts")]
        return self.answer(200, rows=Links(rows), crumbs=crumbs)


class BehindMark(OfChart):
    """The records behind a mark."""

    template_name = "quality_events/behind.html"

    def get_title(self) -> str:
        return f"{self.kind.name}: the records"

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """The first of them, type by type."""
        rows = [
            [number_of(each), each.title, found.noun, badge_of(each)]
            for found, events in self.kind.behind(self.asked, request.GET.get("mark", "")[:200])
            for each in events.order_by("-pk")[:_MOST]
        ]
        heads = [Head("Number", "fit"), Head("Title", "lead"), Head("Type", "col-2"), Head("State", "state")]
        table = Table(heads, rows, "The records behind the mark") if rows else None
        back = Button("Back to the chart", href=reverse("quality_events:chart", kwargs=self.kwargs))
        return self.answer(200, table=table, back=back, count=len(rows), crumbs=self.crumbs())
