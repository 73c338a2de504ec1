"""Reports of quality events and charts as PDF: made in the background, numbered, hashed, kept with the trail."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from cqms.accounts.models import User
from cqms.audit.models import Lane, kind_of
from cqms.audit.refusals import Denied
from cqms.charts.drawing import Drawing
from cqms.jobs.models import Job
from cqms.jobs.pages import page_of
from cqms.jobs.services import enqueue
from cqms.organizations.models import Organization, TrackedModel
from cqms.reports.models import ReportFormat
from cqms.reports.moments import both_words
from cqms.reports.palette import tokens
from cqms.reports.rendering import Sheet, css_string, render_pdf
from cqms.reports.services import Made, keep_report, next_report_number
from quality_events.counting import Asked
from quality_events.models import EventRecord
from quality_events.policies import may_export
from quality_events.types import ReportContent, type_of
from studies.models import STUDY

RECORD, CHART = "quality_events.report", "quality_events.chart"


@dataclass(frozen=True)
class Printed:
    """What a PDF says of itself, and its body as safe HTML; `csv` are the same rows to calculate with, if any."""

    kind: str
    title: str
    selection: str
    running: str
    body: str
    records: int
    about: TrackedModel | None = None
    lanes: tuple[str, ...] = (Lane.GENERAL,)
    reaches: tuple[tuple[str, int | None], ...] = ()
    names: frozenset[str] = frozenset()
    csv: bytes = b""


def request_report(record: EventRecord, *, actor: User) -> Job:
    """Ask for the report of a record. Raises Denied."""
    may_export.demand(actor, record)
    return enqueue(RECORD, actor=actor, label=f"Report of {record}", about=kind_of(record), pk=record.pk)


def request_chart(key: str, name: str, asked: Asked) -> Job:
    """Ask for a chart on paper, of what the person who asks may see."""
    study = asked.study.number if asked.study else ""
    label = f"{name}{f', {study}' if study else ''}"
    return enqueue(CHART, actor=asked.person, label=label, key=key, study=study, space=asked.space)


def report_of(record: Any, content: ReportContent) -> Printed:
    """The report of a record as it is now."""
    found, state = type_of(record), record.get_state_display()
    body = render_to_string("pdf/event.html", {
        "noun": found.noun, "record": record, "state": state, "answers": content.answers, "parts": content.parts,
        "first_page": content.first_page, "pictures": [(name, _on_paper(each)) for name, each in content.pictures],
        "signatures": [(each, both_words(each.signed_at, each.zone or "UTC")) for each in content.signatures],
    })  # fmt: skip
    title = f"{found.noun} report of {record}"
    place = (STUDY, record.study_id) if record.study_id else ("", None)
    return Printed(
        RECORD, title, f"{record.number}, revision {record.revision}, {state.lower()}",
        f"{record.number} · revision {record.revision} · {state}", body, 1, record,
        tuple({record.lane, *content.others.lanes}), (place,), content.others.names,
    )  # fmt: skip


def chart_of(
    name: str, finding: str, picture: Drawing, heads: Sequence[str], rows: Sequence[Sequence[object]], note: str
) -> str:
    """The body of a chart on paper: the finding, the drawing, and the same in figures."""
    context = {
        "name": name,
        "finding": finding,
        "picture": _on_paper(picture),
        "heads": heads,
        "rows": rows,
        "note": note,
    }
    return render_to_string("pdf/chart.html", context)


def keep(printed: Printed, job: Job) -> dict[str, Any]:
    """Draw it, store it as a report, and say so in the trail; the job's result. Raises LibrariesMissing, Denied."""
    actor = job.requested_by
    if actor is None:
        raise Denied("A report is made for a person.")
    number, now = next_report_number(), timezone.now()
    data = render_pdf(printed.body, _sheet(printed, number, actor, job.organization, now))
    with TemporaryDirectory(prefix="event-report-") as folder:
        path = Path(folder) / "report.pdf"
        path.write_bytes(data)
        paths = {ReportFormat.PDF: path}
        if printed.csv:
            paths[ReportFormat.CSV] = path.with_suffix(".csv")
            paths[ReportFormat.CSV].write_bytes(printed.csv)
        made = Made(
            number=number, kind=printed.kind, title=printed.title, selection=printed.selection,
            entry_count=printed.records, paths=paths,
            content_sha256=hashlib.sha256(printed.body.encode()).hexdigest(), about=printed.about,
            lanes=printed.lanes, reaches=printed.reaches, names=printed.names,
        )  # fmt: skip
        report = keep_report(made, actor=actor, sentence="printed the report")
    return {"path": page_of(job), "sentence": f"{report.number} is ready.", "report": report.number}


def _sheet(printed: Printed, number: str, actor: User, organization: Organization, now: dt.datetime) -> Sheet:
    foot = f"{number}, made by {actor.name}, {both_words(now, actor.zone or 'UTC')}. {printed.selection}"
    css = (
        f"@page {{ @top-left {{ content: {css_string(printed.running)} }}"
        f" @top-right {{ content: {css_string(organization.name)} }}"
        f" @bottom-left {{ content: {css_string(foot)}; width: 80% }}"
        ' @bottom-right { content: "Page " counter(page) " of " counter(pages) } }'
    )
    return Sheet(printed.title, ("paper.css", "event.css"), author=organization.name, created=now, css=css)


def _on_paper(drawing: Drawing) -> SafeString:
    return drawing.on_paper(tokens())
