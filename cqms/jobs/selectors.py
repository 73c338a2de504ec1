"""Jobs as their people see them."""

from uuid import UUID

from cqms.accounts.models import User
from cqms.jobs.models import Job


def job_for(person: User, key: UUID) -> Job:
    """A job this person asked for. Raises Job.DoesNotExist for anybody else's."""
    found: Job = Job.objects.get(pk=key, requested_by=person)
    return found


def jobs_of(person: User, limit: int = 20) -> list[Job]:
    """What the person asked for, newest first."""
    return list(Job.objects.filter(requested_by=person).order_by("-created_at")[:limit])
