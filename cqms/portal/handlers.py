"""The jobs of the portal."""

from typing import Any

from cqms.accounts.models import User
from cqms.jobs.handlers import handler
from cqms.jobs.models import Job
from cqms.jobs.progress import Progress
from cqms.lists.services import EXPORT
from cqms.portal import list_files, member_files, services
from cqms.portal.member_import import IMPORT
from cqms.portal.own_data_job import OWN_DATA, make_own_data


@handler(services.INVITE)
def invite(job: Job, progress: Progress) -> dict[str, Any]:
    """Mail an invitation."""
    progress("Sending the mail")
    services.mail_invitation(User.objects.get(pk=job.arguments["person"]), job.organization, job.requested_by)
    return {}


@handler(EXPORT)
def export_list(job: Job, progress: Progress) -> dict[str, Any]:
    """Write a list with very many rows."""
    return list_files.export_list(job, progress)


@handler(IMPORT)
def import_members(job: Job, progress: Progress) -> dict[str, Any]:
    """Let in and change whom a file names."""
    return member_files.import_members(job, progress)


@handler(OWN_DATA)
def own_data(job: Job, progress: Progress) -> dict[str, Any]:
    """Collect what is held about a person."""
    return make_own_data(job, progress)
