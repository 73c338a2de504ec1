"""The jobs that make reports."""

from typing import Any

from cqms.jobs.handlers import handler
from cqms.jobs.models import Job
from cqms.jobs.progress import Progress
from cqms.reports import trail_export
from cqms.reports.rendering import LibrariesMissing


@handler(trail_export.EXPORT_TRAIL, speaks=(LibrariesMissing,))
def export_trail(job: Job, progress: Progress) -> dict[str, Any]:
    """Draw a trail as PDF."""
    return trail_export.export_trail(job, progress)
