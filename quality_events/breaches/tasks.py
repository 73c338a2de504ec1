"""The jobs of serious breaches."""

from typing import Any

from cqms.jobs.handlers import handler
from cqms.jobs.models import Job
from cqms.jobs.progress import Progress
from cqms.reports.rendering import LibrariesMissing
from quality_events.breaches import renditions


@handler(renditions.RENDER, speaks=(LibrariesMissing,))
def render_sheet(job: Job, progress: Progress) -> dict[str, Any]:
    """Make the PDF of a field sheet."""
    progress("Making the PDF")
    return renditions.render_sheet(job)
