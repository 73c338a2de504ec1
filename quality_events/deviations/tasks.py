"""The job that makes the deviation listing of a study: load, ask again whether the person may, call the service."""

from typing import Any

from cqms.audit.refusals import Denied
from cqms.jobs.handlers import handler
from cqms.jobs.models import Job
from cqms.jobs.progress import Progress
from cqms.reports.rendering import LibrariesMissing
from quality_events.deviations.reports import LISTING, listing_of
from quality_events.policies import may_export
from quality_events.reports import keep
from studies.models import Study


@handler(LISTING, speaks=(LibrariesMissing,))
def make_listing(job: Job, progress: Progress) -> dict[str, Any]:
    """Make the listing of a study as PDF and CSV, of what the person may see now."""
    reader = job.requested_by
    if reader is None:
        raise Denied("A listing is made for a person.")
    study = Study.objects.get(pk=job.arguments["about"])
    may_export.demand(reader, study)
    progress("Making the listing")
    return keep(listing_of(study, reader), job)
