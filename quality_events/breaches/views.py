"""Pages of serious breaches."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from cqms.ui.atoms import Button
from cqms.ui.moments import this_minute
from cqms.ui.views import Column, Filter, FormPage
from quality_events import views
from quality_events.breaches import presentation, renditions, services, sheet
from quality_events.breaches.forms import STEPS, BreachForm, ChangeBreachForm, SheetPdfForm
from quality_events.breaches.models import BreachState, SentKind, SentNotification, SeriousBreach
from quality_events.policies import may_report
from quality_events.presentation import event_path
from quality_events.views.event import OfEvent

_TOLD = {"aware_at": "zone", "first_aware_at": "first_aware_zone"}


class List(views.EventList):
    """The serious breaches one may see."""

    model = SeriousBreach
    own_columns = (
        Column("Clock", presentation.clock_cell, presentation.clock_words, css="fit"),
        Column("First notified", lambda r: r.notified_at or "", sort="notified_at", css="col-2", shown=False),
    )
    own_filters = (
        Filter("notified", "Notified", lambda _: [("no", "Not yet"), ("yes", "Notified")],
               lambda rows, value: rows.filter(notified_at__isnull=value == "no")),
    )  # fmt: skip


class New(views.NewEvent):
    """Open a suspected serious breach."""

    model = SeriousBreach
    form_class = BreachForm
    submit = "Open the suspicion"
    lede = "The legal clock runs from the earliest awareness you write down, from the moment you save."

    def initial(self, record: Any) -> dict[str, Any]:
        zone = self.reader.zone or "UTC"
        first = {**super().initial(record), "zone": zone, "sponsor_zone": self.request.organization.zone}
        return {**first, "jurisdictions": ["EU"], "aware_at": _shown(this_minute(), zone)}

    def save(self, form: Any, record: Any) -> str:
        return event_path(services.open_breach(form.values(), actor=self.reader))


class Detail(views.EventDetail):
    """One serious breach: its clocks first."""

    model = SeriousBreach
    path = presentation.PATH
    template_name = "quality_events/breaches/breach.html"

    def describe(self, record: Any) -> Mapping[str, object]:
        return {**super().describe(record), **presentation.page_parts(record)}


class Edit(views.ChangeEvent):
    """Change a serious breach."""

    model = SeriousBreach
    form_class = ChangeBreachForm

    def initial(self, record: Any) -> dict[str, Any]:
        told = {name: _shown(getattr(record, name), getattr(record, zone) or record.zone)
                for name, zone in _TOLD.items()}  # fmt: skip
        return {**super().initial(record), **told}

    def save(self, form: Any, record: Any) -> str:
        data = form.cleaned_data
        changed = services.change_breach(
            record, actor=self.reader, values=form.values(), revision=data["revision"], reason=data["reason"]
        )
        return event_path(changed)


class Step(views.EventStep):
    """One step in the life of a serious breach."""

    model = SeriousBreach
    forms = STEPS

    def initial(self, record: Any) -> dict[str, Any]:
        found = super().initial(record)
        if self.kwargs["step"] in services.SENDS:
            found |= {"sent_at": this_minute(), "redaction_checked": False}
        if self.kwargs["step"] == "draft" and record.study and not record.trial_title:
            found["trial_title"] = record.study.title[:500]
        return found


class Sheet(OfEvent):
    """The field sheet of the notification, as it stands now or as it was sent."""

    model = SeriousBreach

    def get_title(self) -> str:
        return f"Field sheet of {self.kwargs['number']}"

    def get(self, request: HttpRequest, number: str, version: int = 0) -> HttpResponse:
        """Show it, each field with what can be copied."""
        record = request.viewed = self.load()
        rows = SentNotification.objects.select_related("sent_by").filter(breach=record)
        sent = get_object_or_404(rows, version=version) if version else None
        filled = sheet.from_kept(sent.sheet) if sent else sheet.sheet_of(record, next_kind(record))
        contributes = may_report(self.reader, record)
        return self.answer(
            template="quality_events/breaches/sheet.html", record=record, rows=filled, title=self.get_title(),
            facts=presentation.sheet_facts(record, sent),
            pdf_button=Button("Make a PDF", icon="document", href=event_path(record, "sheet_pdf"))
            if contributes else "",
        )  # fmt: skip


class SheetPdf(OfEvent, FormPage):
    """Ask for the field sheet as a PDF; it is attached to the breach."""

    model = SeriousBreach
    form_class = SheetPdfForm
    submit = "Make the PDF"
    lede = "It is made in the background and attached to the breach."
    autosave = False

    def get_title(self) -> str:
        return f"PDF of the field sheet of {self.kwargs['number']}"

    def get_record(self) -> None:
        self.event = self.load()
        may_report.demand(self.reader, self.event)

    def initial(self, record: Any) -> dict[str, Any]:
        return {"version": 0}

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        sent = self.event.sent.order_by("version")
        versions = [(each.version, f"Version {each.version}: {each.get_kind_display().lower()}") for each in sent]
        return {"versions": [(0, "As the record stands now"), *versions]}

    def save(self, form: SheetPdfForm, record: Any) -> str:
        job = renditions.request_sheet(self.event, form.cleaned_data["version"], actor=self.reader)
        return reverse("portal:job", kwargs={"key": job.pk})


def next_kind(breach: SeriousBreach) -> str:
    """What the sheet would be sent as now."""
    return SentKind.FOLLOW_UP if breach.state in (BreachState.NOTIFIED, BreachState.FOLLOW_UP) else SentKind.INITIAL


def _shown(moment: Any, zone: str) -> Any:
    """A moment as a field shows it: by the clocks of its zone."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if moment else None
