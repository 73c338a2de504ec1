"""The tasks that bring jobs to the worker."""

from uuid import UUID

from celery import shared_task

from cqms.jobs import services
from cqms.organizations.models import Organization

_LONGEST_SECONDS = 30 * 60


@shared_task(name=services.RUN, soft_time_limit=_LONGEST_SECONDS, time_limit=_LONGEST_SECONDS + 30)
def run(organization_id: int, job_id: str) -> None:
    """Do one job of one organization."""
    services.work_off(Organization.objects.get(pk=organization_id), UUID(job_id))


@shared_task(name="jobs.sweep")
def sweep() -> None:
    """Look after jobs that nobody works on; beat sends it every 15 seconds."""
    services.sweep()
