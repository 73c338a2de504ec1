"""Asking for slow work, doing it once, and looking after what was lost."""

import datetime as dt
from typing import Any
from uuid import UUID

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit.refusals import Refused, WrongState
from cqms.events import publish
from cqms.jobs.broker import send_after_commit
from cqms.jobs.events import JobDone, JobFailed
from cqms.jobs.handlers import Handler, handler_of
from cqms.jobs.models import Job, JobState, Wakeup
from cqms.jobs.progress import Superseded, beating
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope

RUN = "jobs.run"
START_WITHIN = dt.timedelta(seconds=20)
SILENT_FOR = dt.timedelta(seconds=45)
MOST_ATTEMPTS = 3

_OUR_FAULT = "Something went wrong on our side. Try again; if it happens again, tell your administrator when it was."
_TOO_LONG = "It took too long and was stopped. Choose a smaller part, then try again."
_STOPPED = f"It was interrupted {MOST_ATTEMPTS} times before it could finish. Try again, or tell your administrator."

_log = structlog.get_logger()


def enqueue(kind: str, *, actor: User | None, label: str, **arguments: Any) -> Job:
    """Ask for work of a kind; it begins after the caller's transaction holds, and not at all if it is undone.

    `label` names the work on screen; `arguments` must be plain JSON values.
    """
    job = Job.objects.create(kind=kind, requested_by=actor, label=label[:300], arguments=arguments)
    _call_worker(job)
    return job


def retry(job: Job) -> Job:
    """Queue a failed job again, with all its attempts. Raises WrongState unless it failed."""
    with transaction.atomic():
        row = Job.objects.select_for_update().get(pk=job.pk)
        if row.state != JobState.FAILED:
            raise WrongState("Only what failed can be tried again.")
        row.attempts, row.error, row.finished_at = 0, "", None
        _queue(row)
        _call_worker(row)
    return row


def work_off(organization: Organization, job_id: UUID) -> None:
    """Do a queued job, or nothing if somebody else does or did it: delivered twice, it is done once.

    A job of a suspended organization waits until it is open again: the sweeper brings it back.
    What the handler refuses fails the job with its sentence; an unexpected error does so too, and propagates.
    """
    if Organization.objects.filter(pk=organization.pk, suspended_at__isnull=False).exists():
        return
    with scope(organization):
        job = _claim(job_id)
    if job is None:
        return
    handler = handler_of(job.kind)
    with _Attempt(job, handler):
        if handler.prepare is not None:
            with beating(job) as progress:
                handler.prepare(job, progress)
        with scope(organization):
            with beating(job) as progress:
                result = handler.work(job, progress)
            _finish(job, result)


def sweep() -> int:
    """Look after every job that is due: call a worker again, or give up; returns how many were looked after.

    Run by beat; several at once share the work.
    """
    now = timezone.now()
    asleep = Organization.objects.filter(suspended_at__isnull=False).values("pk")
    waiting = Wakeup.objects.filter(due_at__lte=now).exclude(organization_id__in=asleep)
    due = list(waiting.order_by("due_at").values_list("pk", flat=True)[:1000])
    return sum(_sweep_one(pk, now) for pk in due)


class _Attempt:
    """One try at a job. However it ends, the row says so, unless the database is gone: then the sweeper finds it."""

    def __init__(self, job: Job, handler: Handler) -> None:
        self.job = job
        self.speaks = (Refused, ValidationError, *handler.speaks)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, Superseded):
            _log.warning("job_superseded", job=str(self.job.pk))
            return True
        if not isinstance(error, Exception) or isinstance(error, OperationalError | InterfaceError):
            return False
        _log.error("job_failed", job=str(self.job.pk), kind=self.job.kind, error=repr(error))
        with scope(self.job.organization):
            job = Job.objects.select_for_update().filter(pk=self.job.pk, attempts=self.job.attempts).first()
            if job is not None and job.state == JobState.RUNNING:
                _fail(job, self._sentence(error))
        return isinstance(error, self.speaks)

    def _sentence(self, error: Exception) -> str:
        if isinstance(error, ValidationError):
            return " ".join(error.messages)
        if isinstance(error, self.speaks):
            return str(error)
        return _TOO_LONG if isinstance(error, SoftTimeLimitExceeded) else _OUR_FAULT


def _call_worker(job: Job) -> None:
    Wakeup.objects.update_or_create(
        job_id=job.pk,
        defaults={"organization_id": job.organization_id, "due_at": timezone.now() + START_WITHIN},
    )
    send_after_commit(RUN, job.organization_id, str(job.pk))


def _claim(job_id: UUID) -> Job | None:
    queued = Job.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=job_id, state=JobState.QUEUED)
    job = queued.select_related("organization").first()
    if job is not None:
        job.state, job.attempts = JobState.RUNNING, job.attempts + 1
        job.started_at = job.beat_at = timezone.now()
        job.save()
    return job


def _queue(job: Job) -> None:
    job.state, job.doing, job.value, job.maximum = JobState.QUEUED, "", 0, 0
    job.save()


def _finish(job: Job, result: dict[str, Any]) -> None:
    row = Job.objects.select_for_update().get(pk=job.pk)
    if (row.state, row.attempts) != (JobState.RUNNING, job.attempts):
        raise Superseded
    row.state, row.result, row.error, row.finished_at = JobState.DONE, result, "", timezone.now()
    row.doing, row.value = "Done", row.maximum
    row.save()
    publish(JobDone(row.pk))


def _fail(job: Job, sentence: str) -> None:
    job.state, job.error, job.finished_at = JobState.FAILED, sentence, timezone.now()
    job.save()
    publish(JobFailed(job.pk))


def _sweep_one(pk: int, now: dt.datetime) -> bool:
    with transaction.atomic():
        wakeup = Wakeup.objects.select_for_update(skip_locked=True).filter(pk=pk, due_at__lte=now).first()
        if wakeup is None:
            return False
        with scope(Organization.objects.get(pk=wakeup.organization_id)):
            job = Job.objects.select_for_update(skip_locked=True).filter(pk=wakeup.job_id).first()
            if job is not None:
                _look_after(job, wakeup, now)
    return job is not None


def _look_after(job: Job, wakeup: Wakeup, now: dt.datetime) -> None:
    if job.is_finished:
        wakeup.delete()
    elif job.state == JobState.RUNNING and job.beat_at and now - job.beat_at <= SILENT_FOR:
        wakeup.due_at = job.beat_at + SILENT_FOR
        wakeup.save()
    elif job.state == JobState.RUNNING and job.attempts >= MOST_ATTEMPTS:
        _log.error("job_given_up", job=str(job.pk), kind=job.kind, attempts=job.attempts)
        _fail(job, _STOPPED)
    else:
        _queue(job)
        wakeup.due_at = now + max(START_WITHIN, now - job.created_at)  # waits double, so a long queue is not flooded
        wakeup.save()
        send_after_commit(RUN, job.organization_id, str(job.pk))
