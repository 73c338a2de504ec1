"""The field sheet as a PDF: made by a job, attached to the breach."""

from typing import Any, cast

from django.core.files.base import ContentFile
from django.template.loader import render_to_string

from cqms.accounts.models import User
from cqms.attachments.kinds import PDF
from cqms.attachments.services import attach
from cqms.jobs.models import Job
from cqms.jobs.services import enqueue
from cqms.reports.rendering import Sheet, css_string, render_pdf
from quality_events.breaches import sheet
from quality_events.breaches.models import SentNotification, SeriousBreach
from quality_events.policies import may_report

RENDER = "breaches.render_sheet"


def request_sheet(breach: SeriousBreach, version: int, *, actor: User) -> Job:
    """Ask for the PDF of a version of the sheet, 0 for the record as it stands. Raises Denied."""
    may_report.demand(actor, breach)
    return enqueue(RENDER, actor=actor, label=f"Field sheet of {breach.number}", breach=breach.pk, version=version)


def render_sheet(job: Job) -> dict[str, Any]:
    """Make the PDF that a job asks for and attach it as who asked. Raises LibrariesMissing."""
    breach = SeriousBreach.objects.select_related("organization", "study", "site").get(pk=job.arguments["breach"])
    sent = SentNotification.objects.filter(breach=breach, version=job.arguments["version"]).first()
    name = f"{breach.number}-sheet-{f'v{sent.version}' if sent else 'draft'}.pdf"
    file = ContentFile(sheet_pdf(breach, sent), name=name)
    attach(breach, file, name=name, actor=cast("User", job.requested_by), allowed=(PDF,))
    return {"path": breach.organization.path("breaches:detail", number=breach.number)}


def sheet_pdf(breach: SeriousBreach, sent: SentNotification | None) -> bytes:
    """The sheet of one version; the same bytes for the same content. Raises LibrariesMissing."""
    kind = sent.kind if sent else "initial"
    filled = sheet.from_kept(sent.sheet) if sent else sheet.sheet_of(breach, kind)
    state = f"Version {sent.version}, sent" if sent else "Draft, not sent"
    body = render_to_string(
        "pdf/breach_sheet.html",
        {"breach": breach, "rows": filled, "sent": sent, "state": state, "sha256": sheet.hash_of(filled)},
    )
    left, right = css_string(f"{breach.number} · {state}"), css_string(breach.organization.name)
    css = f"@page {{ @top-left {{ content: {left} }} @top-right {{ content: {right} }} }}"
    title = f"{breach.number}: notification of a serious breach"
    return render_pdf(body, Sheet(title, ("paper.css", "rendition.css"), css=css))
