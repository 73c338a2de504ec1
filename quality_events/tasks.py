"""The jobs that print quality events and charts: load, ask again whether the person may, call the service."""

from typing import Any

from django.utils import timezone

from cqms.audit.refusals import Denied, WrongState
from cqms.charts.drawing import draw
from cqms.jobs.handlers import handler
from cqms.jobs.models import Job
from cqms.jobs.progress import Progress
from cqms.organizations.scope import today
from cqms.records.models import find
from cqms.reports.rendering import LibrariesMissing
from quality_events import reports
from quality_events.charting import chart_kinds
from quality_events.counting import Asked
from quality_events.policies import may_export
from quality_events.presentation import content_of
from studies.models import STUDY
from studies.selectors import studies_for


@handler(reports.RECORD, speaks=(LibrariesMissing,))
def print_report(job: Job, progress: Progress) -> dict[str, Any]:
    """Make the report of a record."""
    record = find(job.arguments["about"], job.arguments["pk"])
    reader = job.requested_by
    if reader is None:
        raise Denied("A report is made for a person.")
    may_export.demand(reader, record)
    progress("Making the PDF")
    with timezone.override(reader.zone or "UTC"):
        printed = reports.report_of(record, content_of(record, reader))
    return reports.keep(printed, job)


@handler(reports.CHART, speaks=(LibrariesMissing,))
def print_chart(job: Job, progress: Progress) -> dict[str, Any]:
    """Make the PDF of a chart, of what the person may see now."""
    reader, given = job.requested_by, job.arguments
    if reader is None:
        raise Denied("A chart is made for a person.")
    kind = chart_kinds()[given["key"]]
    study = studies_for(reader).filter(number=given["study"]).first()
    asked = Asked(reader, today(), study, given["space"])
    shown = kind.show(asked)
    if shown is None:
        raise WrongState("There is nothing to draw for this choice any more.")
    progress("Drawing the chart")
    body = reports.chart_of(
        kind.name,
        shown.finding,
        draw(shown.spec, shown.finding),
        [each.label for each in shown.heads],
        shown.rows,
        shown.note,
    )
    selection = (
        f"{kind.name}; study {given['study'] or 'all'}; type {given['space'] or 'all'}; as {reader.name} may see"
    )
    reach: tuple[tuple[str, int | None], ...] = ((STUDY, study.pk),) if study else (("", None),)
    printed = reports.Printed(
        reports.CHART, f"{kind.name}{f' of {study.number}' if study else ''}", selection, kind.name, body,
        len(shown.rows), lanes=("general", "unblinded", "confidential"), reaches=reach,
    )  # fmt: skip
    return reports.keep(printed, job)
