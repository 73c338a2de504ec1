"""The job that imports deviations: load, ask again, call the service."""

from typing import Any

from cqms.audit.refusals import Denied
from cqms.jobs.handlers import handler
from cqms.jobs.models import Job
from cqms.jobs.progress import Progress
from quality_events.deviations.imports.selectors import imports_for
from quality_events.deviations.imports.services import RUN, run


@handler(RUN)
def import_deviations(job: Job, progress: Progress) -> dict[str, Any]:
    """Create what is new in a file, in the name of who asked."""
    actor, given = job.requested_by, job.arguments
    record = imports_for(actor).filter(pk=given["record"]).first() if actor is not None else None
    if actor is None or record is None:
        raise Denied("There is no such import, or it is not yours to see any more.")
    said = run(record, actor=actor, answered=given["answered"], tell=progress)
    return {"path": job.organization.path("deviations:import_check", key=record.pk), "sentence": said}
