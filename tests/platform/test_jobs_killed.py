"""Workers die, brokers are away, messages come twice: the work is done once all the same."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from django.conf import settings as portal

from cqms.attachments.models import StoredFile
from cqms.audit.ledger.selectors import leaf_hashes
from cqms.audit.ledger.verifying import verify
from cqms.audit.models import AuditEvent
from cqms.history.action import action
from cqms.jobs.models import Job, JobState
from cqms.jobs.services import RUN
from cqms.notifications.models import Notification
from cqms.organizations.scope import scope
from cqms.reports.models import Report
from cqms.reports.trail_export import request_trail_export
from tests.platform.instances import eventually

pytestmark = [pytest.mark.commits, pytest.mark.slow]

ENTRIES = 3000
_ASK_WITHOUT_BROKER = """
import time, django
django.setup()
from cqms.jobs.services import enqueue
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
begun = time.monotonic()
with scope(Organization.objects.get(slug="northwind")):
    enqueue("test.work", actor=None, label="Asked for while the broker was away")
print(time.monotonic() - begun)
"""


@pytest.fixture
def environment(clone, tmp_path, redis_url, settings) -> dict[str, str]:
    """What a process of the portal needs to work on this test's database."""
    settings.FILES_DIR = tmp_path / "files"
    told = {"DATABASE_URL": clone.app, "REDIS_URL": redis_url, "CQMS_DATA": str(tmp_path)}
    return {**os.environ, **told, "DJANGO_SETTINGS_MODULE": "cqms.settings_test"}


@contextmanager
def worker(environment: dict[str, str], log: Path) -> Iterator[Callable[[], None]]:
    """A real worker with beat, and the way to kill it with all its processes at once."""
    program = [sys.executable, "-m", "celery", "-A", "cqms", "worker", "--concurrency", "2", "--loglevel", "INFO"]
    beat = ["--beat", "--schedule", str(log.with_suffix(".schedule"))]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*program, *beat],
            cwd=portal.BASE_DIR,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def kill() -> None:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    try:
        yield kill
    finally:
        kill()


def write_entries(company, count: int) -> None:
    with scope(company.ours), action(company.author.pk):
        AuditEvent.objects.bulk_create(
            AuditEvent(
                actor=company.author,
                actor_name=company.author.name,
                verb="note",
                sentence=f"noted number {number}",
                record_kind="studies.study",
                record_id=1,
                record_label="NW-101",
                subject_kind="studies.study",
                subject_id=1,
                at=datetime.now(UTC),
            )
            for number in range(count)
        )


def test_a_worker_killed_during_a_pdf_job_is_replaced_and_the_job_done_once(company, environment, tmp_path, messages):
    write_entries(company, ENTRIES)
    with scope(company.ours):
        job = request_trail_export(actor=company.inspector)
        expected = AuditEvent.objects.count() + 1  # the export seals first, and the first seal makes the key

    def now() -> Job:
        with scope(company.ours):
            return Job.objects.get(pk=job.pk)

    log = tmp_path / "worker.log"
    with worker(environment, log) as kill:
        eventually(lambda: now().value > 0, 60)
        kill()
    assert (now().state, now().attempts) == (JobState.RUNNING, 1)
    with worker(environment, log):
        eventually(lambda: now().state == JobState.DONE, 150)
    assert (now().attempts, now().error) == (2, "")
    with scope(company.ours):
        report = Report.objects.get()
        assert (report.number[-5:], report.entry_count) == ("-0001", expected)
        assert [event.sentence for event in AuditEvent.objects.filter(verb="export")] == [
            f"exported the trail, {expected} entries, PDF SHA-256 {report.sha256}"
        ]
        assert [each.person for each in Notification.objects.all()] == [company.inspector]
        assert [each.sha256 for each in StoredFile.objects.all()] == [report.sha256]
        with pikepdf.open(report.file.path) as pdf:
            assert len(pdf.pages) > ENTRIES / 50
        found, events = leaf_hashes(AuditEvent.objects.all()), AuditEvent.objects.count()
    assert (len(found), len(set(found.values()))) == (events, events), "an entry was lost or has two leaves"
    assert verify(company.ours).differences == []


def test_a_message_that_comes_twice_finds_the_work_done(company, environment, tmp_path, messages):
    write_entries(company, 10)
    with scope(company.ours):
        job = request_trail_export(actor=company.inspector)
    again = messages.all()
    with worker(environment, tmp_path / "worker.log"):
        eventually(lambda: _is_done(company, job), 60)
        messages.send(RUN, company.ours.pk, str(job.pk))
        eventually(lambda: messages.all() == [], 30)
        time.sleep(2)
    assert again == [(RUN, [company.ours.pk, str(job.pk)])]
    with scope(company.ours):
        assert (Report.objects.count(), Job.objects.get().attempts) == (1, 1)


def test_a_request_does_not_wait_for_a_broker_that_is_away(company, environment, tmp_path):
    away = {**environment, "REDIS_URL": f"unix://{tmp_path}/nobody.sock?db=0"}
    asked = subprocess.run(
        [sys.executable, "-c", _ASK_WITHOUT_BROKER], cwd=portal.BASE_DIR, env=away, capture_output=True, text=True, check=True
    )  # fmt: skip
    assert float(asked.stdout.splitlines()[-1]) < 3
    with scope(company.ours):
        assert Job.objects.get().state == JobState.QUEUED


def _is_done(company, job) -> bool:
    with scope(company.ours):
        return Job.objects.get(pk=job.pk).state == JobState.DONE
