"""How far a job is, and the heartbeat that says its worker lives.

The work runs in one long transaction, so what it says about itself is written by a second thread on a connection of
its own: the screen sees it at once, and nobody waits for anybody.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from cqms.jobs.models import Job, JobState
from cqms.organizations.scope import scope

BEAT_SECONDS = 10.0
_LOOK_SECONDS = 0.5

_log = structlog.get_logger()


class Superseded(Exception):
    """Another worker has taken the job over, because this one was not heard of for too long."""


class Progress:
    """What the work says about itself; costs nothing to call as often as one likes."""

    def __init__(self) -> None:
        self.doing, self.value, self.maximum = "", 0, 0
        self.is_superseded = False

    def __call__(self, doing: str, value: int = 0, maximum: int = 0) -> None:
        """Say what happens now in a sentence, and how far it is. Raises Superseded when the work is in vain."""
        if self.is_superseded:
            raise Superseded
        self.doing, self.value, self.maximum = doing[:200], value, maximum

    def said(self) -> tuple[str, int, int]:
        """What was said last."""
        return self.doing, self.value, self.maximum


@contextmanager
def beating(job: Job) -> Iterator[Progress]:
    """Keep a claimed job alive while the block works on it, and show its progress."""
    progress, stop = Progress(), threading.Event()
    heart = threading.Thread(target=_beat_until, args=(stop, job, progress), name=f"beat {job.pk}", daemon=True)
    heart.start()
    try:
        yield progress
    finally:
        stop.set()
        heart.join()


def _beat_until(stop: threading.Event, job: Job, progress: Progress) -> None:
    shown, last = progress.said(), time.monotonic()
    while not stop.wait(_LOOK_SECONDS):
        if progress.said() == shown and time.monotonic() - last < BEAT_SECONDS:
            continue
        shown, last = progress.said(), time.monotonic()
        _try_to_beat(job, progress)
    connection.close()


def _try_to_beat(job: Job, progress: Progress) -> None:
    try:
        _beat(job, progress)
    except (OperationalError, InterfaceError) as error:
        _log.warning("job_beat_missed", job=str(job.pk), error=str(error))
        connection.close()


def _beat(job: Job, progress: Progress) -> None:
    doing, value, maximum = progress.said()
    with scope(job.organization):
        mine = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts)
        seen = mine.update(beat_at=timezone.now(), doing=doing, value=value, maximum=maximum)
        if not seen:
            progress.is_superseded = Job.objects.filter(pk=job.pk).exists()
