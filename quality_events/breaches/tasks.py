"""What beat and the job worker do with serious breaches."""

from typing import Any

from celery import shared_task

from cqms.jobs.handlers import handler
from cqms.jobs.models import Job
from cqms.jobs.progress import Progress
from cqms.organizations.selectors import working_organizations
from cqms.reports.rendering import LibrariesMissing
from quality_events.breaches import lateness, renditions


@handler(renditions.RENDER, speaks=(LibrariesMissing,))
def render_sheet(job: Job, progress: Progress) -> dict[str, Any]:
    """Make the PDF of a field sheet."""
    progress("Making the PDF")
    return renditions.render_sheet(job)


@shared_task(name="breaches.open_overdue")
def open_overdue() -> None:
    """Open the event of every breach whose legal time has passed; beat sends it every five minutes."""
    for organization in working_organizations():
        lateness.open_overdue(organization)
