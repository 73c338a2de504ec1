"""The reports that were made: what each holds, its files with their hashes, and what an auditor checks them with."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from cqms.audit.ledger.selectors import keys
from cqms.audit.refusals import Denied
from cqms.jobs.models import Job, JobState
from cqms.portal.forms import FORMATS
from cqms.portal.selectors import exports_on_the_way
from cqms.portal.views.badges import BADGES
from cqms.reports import verifier
from cqms.reports.manifestations import grouped
from cqms.reports.models import Report, ReportFormat
from cqms.reports.policies import may_inspect_somewhere
from cqms.reports.selectors import report_for, reports_for
from cqms.reports.services import download_report
from cqms.ui import times
from cqms.ui.atoms import Button, Number
from cqms.ui.components import Empty, Links, Table
from cqms.ui.items import Crumb, Head, Related, Row
from cqms.ui.views import Page

_HARMLESS = "default-src 'none'; sandbox"


class Reports(Page):
    """The reports one may have, newest first."""

    template_name = "portal/reports.html"
    title = "Reports"
    rail = "reports"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        _demand_inspector(request)
        reports = reports_for(request.user)
        start = Button("Export the trail", "primary", "report", href=reverse("portal:trail_export"))
        empty = Empty("No report yet", "Export the trail of a record, or of the whole organization.")
        return self.answer(
            total=f"{len(reports):,}",
            start=start,
            table=_table(reports),
            empty=None if reports else empty,
            making=Links([_made(job) for job in exports_on_the_way(request.user)]),
        )


@dataclass(frozen=True)
class ReportFileRow:
    """A file of a report as it is offered."""

    label: str
    use: str
    size: int
    sha256: str
    href: str


class ReportPage(Page):
    """One report: what it holds, its files, and how to check them without us."""

    template_name = "portal/report.html"
    rail = "reports"

    def get_title(self) -> str:
        return self.report.title

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb("Reports", reverse("portal:reports")), Crumb(self.report.number)]

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        """Show it to who may see all of it."""
        self.report = _report_or_404(request, number)
        return self.answer(
            number=self.report.number, report=self.report, files=file_rows(self.report), fingerprints=fingerprints()
        )


def file_rows(report: Report) -> list[ReportFileRow]:
    """The files of a report, the most readable first."""
    rows = []
    for which, file in report.files().items():
        place = reverse("portal:report_file", kwargs={"number": report.number, "which": which})
        use = FORMATS[which].partition(", ")[2]
        rows.append(ReportFileRow(which.label, f"{use[0].upper()}{use[1:]}", file.size, file.sha256, place))
    return rows


def fingerprints() -> list[tuple[datetime, str]]:
    """Since when each key of the log signs, and its fingerprint as people compare it; the oldest first."""
    return [(key.added_at, grouped(key.verifier.fingerprint)) for key in keys()]


def report_file(request: HttpRequest, number: str, which: str) -> HttpResponseBase:
    """A file of a report, for who may see all of it; the download is written into the trail."""
    found = _report_or_404(request, number)
    if which not in found.files():
        raise Http404
    return download_report(found, ReportFormat(which), person=request.user)


def trail_verifier(request: HttpRequest, which: str) -> HttpResponseBase:
    """A verifier to be saved: the page or the Python file. It is never shown by us, and holds nothing of anybody."""
    _demand_inspector(request)
    try:
        file = io.BytesIO(verifier.content(which))
    except KeyError:
        raise Http404 from None
    response = FileResponse(file, as_attachment=True, filename=verifier.NAMES[which])
    response["Content-Type"] = "application/octet-stream"
    response["Content-Security-Policy"] = _HARMLESS
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _link(row: ReportFileRow) -> tuple[str, str, str]:
    return row.href, f"Download the {row.label}", row.label


def _demand_inspector(request: HttpRequest) -> None:
    sentence = may_inspect_somewhere.why_not(request.user)
    if sentence:
        raise Denied(sentence)


def _report_or_404(request: HttpRequest, number: str) -> Report:
    try:
        return report_for(request.user, number)
    except Report.DoesNotExist:
        raise Http404 from None


def _made(job: Job) -> Related:
    aside = format_html("{}", BADGES[JobState(job.state)])
    return Related(job.label, reverse("portal:job", kwargs={"key": job.pk}), aside, job.error)


def _table(reports: Sequence[Report]) -> Table:
    heads = [
        Head("Number", "fit"), Head("What", "lead"), Head("Holds", "num fit"), Head("By", "col-2"),
        Head("When", "col-2"), Head("Files", "fit"),
    ]  # fmt: skip
    return Table(heads, [_row(report) for report in reports], "Reports, newest first", listing=True)


def _row(report: Report) -> Row:
    page = reverse("portal:report", kwargs={"number": report.number})
    return Row([
        Number(report.number, page),
        report.title,
        f"{report.entry_count:,} {'entry' if report.entry_count == 1 else 'entries'}",
        report.exported_by.name,
        times.moment(report.exported_at),
        format_html_join(", ", '<a href="{}" aria-label="{}">{}</a>', map(_link, file_rows(report))),
    ])  # fmt: skip
