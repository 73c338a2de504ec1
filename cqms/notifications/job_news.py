"""How long work ended, told to the person who asked: in the Inbox, without mail."""

from uuid import UUID

from cqms.jobs.models import Job
from cqms.jobs.pages import page_of
from cqms.notifications.services import Message, mark_read, notify


def tell_of_result(job_id: UUID) -> None:
    """Say that a result is ready; work whose result names no `path` is nothing to look at."""
    job = _job(job_id)
    path = job.result.get("path", "")
    if path:
        _tell(job, f"{job.label}: ready", job.result.get("sentence", "It is ready."), path)


def tell_of_failure(job_id: UUID) -> None:
    """Say why there is no result."""
    job = _job(job_id)
    _tell(job, f"{job.label}: not done", job.error, page_of(job))


def _job(job_id: UUID) -> Job:
    found: Job = Job.objects.select_related("organization", "requested_by").get(pk=job_id)
    return found


def _tell(job: Job, subject: str, body: str, path: str) -> None:
    if job.requested_by is None:
        return
    mark_read(job.requested_by, key_prefix=f"job:{job.pk}:")  # an earlier failure is no news any more
    notify(
        job.requested_by,
        Message(
            key=f"job:{job.pk}:{job.finished_at}",
            subject=subject,
            body=body,
            path=path,
            kind=f"job.{job.state}",
            stands_alone=True,
            mail=False,
        ),
    )
