"""Pages of intake: the quick form, its receipt, and triage."""

from collections.abc import Sequence
from typing import Any

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from cqms.access.policies import exists_for
from cqms.organizations.scope import today
from cqms.ui import times
from cqms.ui.atoms import Button
from cqms.ui.components import Facts
from cqms.ui.items import Crumb
from cqms.ui.views import Page
from quality_events import views
from quality_events.intake import presentation, services
from quality_events.intake.forms import STEPS, ChangeTellForm, TellForm
from quality_events.intake.models import InitialReport

_SALT = "quality_events.intake.receipt"


class List(views.EventList):
    """The initial reports one may see."""

    model = InitialReport


class New(views.NewEvent):
    """Report that something went wrong."""

    model = InitialReport
    form_class = TellForm
    submit = "Send the report"
    lede = "A minute is enough: quality assurance decides what it is and asks you where something is missing."

    def initial(self, record: Any) -> dict[str, Any]:
        studies = list(self.form_class(reader=self.reader).fields["study"].queryset[:2])
        only = {"study": studies[0].pk} if len(studies) == 1 else {}
        return {"occurred_on": today(), "noticed_by": self.reader.name, **only}

    def save(self, form: TellForm, record: Any) -> str:
        data = form.cleaned_data
        report = services.send_report(
            form.values(), actor=self.reader, confidential=data["confidential"], files=data["files"]
        )
        told = {"number": report.number, "at": report.aware_at.isoformat(), "by": self.reader.pk}
        return reverse("intake:received", kwargs={"receipt": signing.dumps(told, salt=_SALT, compress=True)})


class Received(Page):
    """The receipt of a report: its number and moment, for who sent it alone."""

    title = "We received your report"
    rail = "quality_events"
    template_name = "quality_events/received.html"

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb("Quality events", reverse("quality_events:list")), Crumb("Receipt")]

    def get(self, request: HttpRequest, receipt: str) -> HttpResponse:
        """Show it. Raises Http404 for a receipt that is not the reader's."""
        try:
            told = signing.loads(receipt, salt=_SALT)
        except signing.BadSignature:
            raise Http404 from None
        if told["by"] != self.reader.pk:
            raise Http404
        moment = parse_datetime(told["at"])
        rows = [("Number", told["number"]), ("Received", times.moment(moment)), ("From", self.reader.name)]
        again = Button("Report something else", href=reverse("intake:new"))
        seen = InitialReport.objects.filter(number=told["number"]).first()
        page = Button("Open the report", "primary", href=self._page_of(seen)) if self._page_of(seen) else ""
        return self.answer(facts=Facts(rows), again=again, page=page)

    def _page_of(self, report: InitialReport | None) -> str:
        if report is None or not exists_for(self.reader, report):
            return ""
        return reverse("intake:detail", kwargs={"number": report.number})


class Detail(views.EventDetail):
    """One initial report."""

    model = InitialReport
    path = presentation.PATH


class Edit(views.ChangeEvent):
    """Change a report that waits for triage."""

    model = InitialReport
    form_class = ChangeTellForm


class Step(views.EventStep):
    """Triage, and the other ways a report ends."""

    model = InitialReport
    forms = STEPS

    def initial(self, record: Any) -> dict[str, Any]:
        return {"title": record.title, "owner": self.reader.pk} if self.kwargs["step"] == "triage" else {}
