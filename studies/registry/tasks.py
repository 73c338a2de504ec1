"""What the job worker does with records of a register: load, call the service."""

from typing import Any

from cqms.accounts.models import User
from cqms.attachments.models import StoredFile
from cqms.attachments.services import DamagedFile
from cqms.audit.refusals import Denied
from cqms.jobs.handlers import handler
from cqms.jobs.models import Job
from cqms.jobs.progress import Progress
from studies.models import Study
from studies.registry import services
from studies.registry.reading import UnusableRecord
from studies.selectors import sites_of


@handler(services.CREATE, speaks=(UnusableRecord, DamagedFile))
def create_from_register(job: Job, progress: Progress) -> dict[str, Any]:
    """Open the study of a record."""
    asked = job.arguments
    stored, manager = StoredFile.objects.get(sha256=asked["sha256"]), User.objects.get(pk=asked["manager"])
    actor = _asking(job)
    study = services.create_study(stored, number=asked["number"], manager=manager, actor=actor, tell=progress)
    return _result(job, study, f"{study.number} was opened with {sites_of(study).count()} sites.")


@handler(services.TAKE_OVER, speaks=(UnusableRecord, DamagedFile))
def take_over_from_register(job: Job, progress: Progress) -> dict[str, Any]:
    """Take over the chosen differences."""
    asked = job.arguments
    stored, study = StoredFile.objects.get(sha256=asked["sha256"]), Study.objects.get(pk=asked["study"])
    actor = _asking(job)
    services.take_over(study, stored, asked["keys"], actor=actor, reason=asked["reason"], tell=progress)
    return _result(job, study, f"{study.number} now says what you took over from the register.")


def _asking(job: Job) -> User:
    if job.requested_by is None:
        raise Denied("A study is taken over for a person.")
    return job.requested_by


def _result(job: Job, study: Study, sentence: str) -> dict[str, Any]:
    return {"path": job.organization.path("studies:detail", number=study.number), "sentence": sentence}
