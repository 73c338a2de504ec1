"""The trail as PDF: choose what, read exactly what will be in it, start; then the reports that were made."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html

from cqms.access.policies import exists_for
from cqms.audit.refusals import Denied
from cqms.jobs.models import Job, JobState
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import TrackedModel
from cqms.portal.forms import TrailForm
from cqms.portal.selectors import exports_on_the_way, members_by_name
from cqms.portal.views.jobs import BADGES
from cqms.records.models import find
from cqms.records.story import seen_by
from cqms.reports.models import Report
from cqms.reports.policies import may_export, may_inspect_somewhere
from cqms.reports.selectors import report_for, reports_for
from cqms.reports.services import download_report
from cqms.reports.trail_export import request_trail_export
from cqms.reports.trail_export_words import Asked, selection_in_words
from cqms.ui import addresses, times
from cqms.ui.atoms import Button, Number
from cqms.ui.components import Empty, Links, Table
from cqms.ui.items import Crumb, Head, Related, Row
from cqms.ui.story import SHOWS, day_of, kinds_of_records, number
from cqms.ui.views import FormPage, Page


class TrailExport(FormPage):
    """Choose, look at what that gives, start. `kind` and `id` in the address name the record; else the organization."""

    template_name = "portal/trail_export.html"
    rail = "reports"
    form_class = TrailForm
    submit = "Make the PDF"
    autosave = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.subject = self._subject(request)
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return f"Audit trail of {self.subject or self.request.organization}"

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb("Reports", reverse("portal:reports")), Crumb("Trail as PDF")]

    @property
    def cancel_url(self) -> str:
        """Back to the record, or to the trail."""
        if self.subject is None:
            return reverse("portal:timeline")
        kind = self.subject._meta.label_lower
        return addresses.address_of(kind, self.subject) or reverse("portal:timeline")

    def get_record(self) -> None:
        sentence = may_export(self.subject).why_not(self.request.user, self.subject)
        if sentence:
            raise Denied(sentence)

    def initial(self, record: None) -> dict[str, Any]:
        asked = self.request.GET
        days = {name: day_of(asked.get(name, "")) for name in ("since", "until")}
        by = asked.get("by", "") if asked.get("by") in dict(members_by_name()) else ""
        shows = asked.get("shows", "") if asked.get("shows") in SHOWS else ""
        about = [kind for kind in asked.getlist("about") if kind in kinds_of_records()]
        return {**days, "by": by, "shows": shows, "about": about, "paper": "A4"}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count first when that was asked for, else start."""
        if "count" not in request.POST:
            return super().post(request, *args, **kwargs)
        self.get_record()
        form = TrailForm(request.POST)
        return self.show(form, None, status=200 if form.is_valid() else 422)

    def around(self, form: TrailForm, record: None) -> Mapping[str, Any]:
        asked = self._asked(form)
        return {**super().around(form, record), "preview": asked and self._preview(asked)}

    def save(self, form: TrailForm, record: None) -> str:
        clean = form.cleaned_data
        job = request_trail_export(
            actor=self.request.user,
            subject=self.subject,
            start=clean["since"],
            end=clean["until"],
            person=form.person(),
            kinds=form.kinds(),
            paper=clean["paper"],
        )
        return reverse("portal:job", kwargs={"key": job.pk})

    def _subject(self, request: HttpRequest) -> TrackedModel | None:
        kind, pk = request.GET.get("kind", ""), request.GET.get("id", "")
        if not kind:
            return None
        if kind not in kinds_of_records() or not pk.isdecimal():
            raise Http404
        try:
            found: TrackedModel = find(kind, number(pk))
        except ObjectDoesNotExist:
            raise Http404 from None
        if not exists_for(request.user, found):
            raise Http404
        return found

    def _asked(self, form: TrailForm) -> Asked | None:
        """What the form asks for; on the first view what the address asked for, None while it is wrong."""
        filled = form if form.is_bound else TrailForm(form.initial)
        if not filled.is_valid():
            return None
        clean, kinds = filled.cleaned_data, tuple(filled.kinds())
        return Asked(
            self.request.organization, self.subject, clean["since"], clean["until"], filled.person(), kinds,
            clean["paper"],
        )  # fmt: skip

    def _preview(self, asked: Asked) -> dict[str, Any]:
        rows = seen_by(self.request.user, asked.selection().events(), Capability.INSPECT)
        last = rows.aggregate(last=Max("pk"))["last"] or 0
        return {"count": rows.count(), "sentence": selection_in_words(asked, self.request.user, last)}


class Reports(Page):
    """The reports one may have, newest first."""

    template_name = "portal/reports.html"
    title = "Reports"
    rail = "reports"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        sentence = may_inspect_somewhere.why_not(request.user)
        if sentence:
            raise Denied(sentence)
        reports = reports_for(request.user)
        start = Button("Export the trail", "primary", "report", href=reverse("portal:trail_export"))
        empty = Empty("No report yet", "Export the trail of a record, or of the whole organization, as PDF.")
        return self.answer(
            total=f"{len(reports):,}",
            start=start,
            table=_table(reports),
            empty=None if reports else empty,
            making=Links([_made(job) for job in exports_on_the_way(request.user)]),
        )


def _made(job: Job) -> Related:
    aside = format_html("{}", BADGES[JobState(job.state)])
    return Related(job.label, reverse("portal:job", kwargs={"key": job.pk}), aside, job.error)


def _table(reports: Sequence[Report]) -> Table:
    heads = [
        Head("Number", "fit"), Head("What", "lead"), Head("Holds", "num fit"), Head("By", "col-2"),
        Head("When", "col-2"), Head("SHA-256", "col-2 nowrap"), Head("File", "fit", hidden=True),
    ]  # fmt: skip
    return Table(heads, [_row(report) for report in reports], "Reports, newest first", listing=True)


def _row(report: Report) -> Row:
    place = reverse("portal:report_file", kwargs={"number": report.number})
    return Row([
        Number(report.number),
        report.title,
        f"{report.entry_count:,} {'entry' if report.entry_count == 1 else 'entries'}",
        report.exported_by.name,
        times.moment(report.exported_at),
        f"{report.sha256[:6]}…{report.sha256[-6:]}",
        Button("Download", small=True, icon="download", href=place),
    ])  # fmt: skip


def report_file(request: HttpRequest, number: str) -> HttpResponseBase:
    """The PDF of a report, for who may see all of it; the download is written into the trail."""
    try:
        found = report_for(request.user, number)
    except Report.DoesNotExist:
        raise Http404 from None
    return download_report(found, person=request.user)
