"""A job is done once, tells how far it is, and ends in words."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from cqms.audit.refusals import Blocked, WrongState
from cqms.jobs import handlers, services
from cqms.jobs.models import Job, JobState, Wakeup
from cqms.jobs.selectors import job_for, jobs_of
from cqms.notifications.models import Notification
from cqms.notifications.selectors import unread_standing_alone
from cqms.numbering.services import next_number
from cqms.organizations.scope import scope
from tests.platform.committed import at_once

pytestmark = pytest.mark.commits


@pytest.fixture
def kinds(monkeypatch):
    """Kinds of jobs that only this test knows: assign a function to a name."""
    known: dict[str, handlers.Handler] = {}
    monkeypatch.setattr(handlers, "_handlers", known)
    return known


def ask(company, work, kinds, *, speaks=()):
    kinds["test.work"] = handlers.Handler(work, speaks)
    with scope(company.ours):
        return services.enqueue("test.work", actor=company.author, label="Work of a test", size=3)


def row(company, job) -> Job:
    with scope(company.ours):
        return Job.objects.get(pk=job.pk)


def silent(company, job, seconds: int) -> None:
    """Make it so long ago that anything was heard of the job."""
    past = timezone.now() - timedelta(seconds=seconds)
    with scope(company.ours):
        Job.objects.filter(pk=job.pk).update(beat_at=past)
    Wakeup.objects.update(due_at=past)


def test_a_job_that_is_undone_with_its_cause_leaves_nothing(company, kinds):
    def ask_and_fail():
        with transaction.atomic():
            services.enqueue("test.work", actor=None, label="Never asked for")
            raise ZeroDivisionError

    with scope(company.ours):
        with pytest.raises(ZeroDivisionError):
            ask_and_fail()
        assert list(Job.objects.all()) == []
    assert list(Wakeup.objects.all()) == []


def test_a_job_is_done_with_its_arguments_and_its_result_is_kept(company, kinds):
    job = ask(company, lambda job, _progress: {"twice": job.arguments["size"] * 2}, kinds)
    services.work_off(company.ours, job.pk)
    done = row(company, job)
    assert (done.state, done.result, done.attempts, done.error) == (JobState.DONE, {"twice": 6}, 1, "")
    assert job.created_at <= done.started_at <= done.finished_at


def test_delivered_twice_at_once_it_is_done_once(company, kinds):
    done = []
    job = ask(company, lambda _job, _progress: done.append(time.sleep(0.3)) or {}, kinds)
    deliver = lambda: services.work_off(company.ours, job.pk)  # noqa: E731
    at_once(deliver, deliver, deliver)
    deliver()
    assert (len(done), row(company, job).attempts) == (1, 1)


def test_progress_is_seen_while_the_work_is_still_in_its_transaction(company, kinds):
    seen = []

    def look(job):
        for _ in range(600):
            now = row(company, job)
            if now.value:
                seen.append((now.state, now.doing, now.value, now.maximum))
                break
            time.sleep(0.05)
        connection.close()

    def work(job, progress):
        progress("Counting sheep", 2, 5)
        looking = threading.Thread(target=look, args=(job,))
        looking.start()
        looking.join()
        return {}

    job = ask(company, work, kinds)
    services.work_off(company.ours, job.pk)
    assert seen == [(JobState.RUNNING, "Counting sheep", 2, 5)]
    assert (row(company, job).doing, row(company, job).value) == ("Done", 5)


def test_what_the_work_wrote_and_done_are_true_together(company, kinds):
    def work(_job, _progress):
        next_number("SHEEP")
        raise Blocked(["The sheep are asleep."])

    job = ask(company, work, kinds)
    services.work_off(company.ours, job.pk)
    failed = row(company, job)
    assert (failed.state, failed.error) == (JobState.FAILED, "The sheep are asleep.")
    with scope(company.ours):
        assert next_number("SHEEP") == "SHEEP-0001"


def test_an_error_that_speaks_to_people_is_told_to_them(company, kinds):
    def work(_job, _progress):
        raise LookupError("Install the missing library.")

    job = ask(company, work, kinds, speaks=(LookupError,))
    services.work_off(company.ours, job.pk)
    assert row(company, job).error == "Install the missing library."


def test_an_unexpected_error_is_ours_and_says_nothing_of_its_inside(company, kinds):
    job = ask(company, lambda _job, _progress: 1 / 0, kinds)
    with pytest.raises(ZeroDivisionError):
        services.work_off(company.ours, job.pk)
    failed = row(company, job)
    assert failed.state == JobState.FAILED
    assert failed.error == (
        "Something went wrong on our side. Try again; if it happens again, tell your administrator when it was."
    )


def test_a_lost_database_leaves_the_job_to_the_sweeper(company, kinds):
    def work(_job, _progress):
        raise OperationalError("server closed the connection unexpectedly")

    job = ask(company, work, kinds)
    with pytest.raises(OperationalError):
        services.work_off(company.ours, job.pk)
    assert row(company, job).state == JobState.RUNNING


def test_who_asked_finds_the_result_in_the_inbox_and_gets_no_mail(company, kinds):
    job = ask(company, lambda _job, _progress: {"path": "/o/northwind/x/", "sentence": "12 sheep."}, kinds)
    services.work_off(company.ours, job.pk)
    with scope(company.ours):
        told = [(each.subject, each.body, each.path) for each in unread_standing_alone(company.author)]
        assert told == [("Work of a test: ready", "12 sheep.", "/o/northwind/x/")]
        assert [each.mail_due_at for each in Notification.objects.all()] == [None]


def test_a_result_that_is_nowhere_to_be_seen_is_no_news(company, kinds):
    job = ask(company, lambda _job, _progress: {}, kinds)
    services.work_off(company.ours, job.pk)
    with scope(company.ours):
        assert list(Notification.objects.all()) == []


def test_a_failure_is_told_and_forgotten_when_the_retry_succeeds(company, kinds):
    answers = iter([Blocked(["Not yet."]), {"path": "/o/northwind/x/"}])

    def work(_job, _progress):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    job = ask(company, work, kinds)
    services.work_off(company.ours, job.pk)
    with scope(company.ours):
        told = [(each.subject, each.body) for each in unread_standing_alone(company.author)]
        assert told == [("Work of a test: not done", "Not yet.")]
        services.retry(job)
    services.work_off(company.ours, job.pk)
    with scope(company.ours):
        assert [each.subject for each in unread_standing_alone(company.author)] == ["Work of a test: ready"]


def test_only_what_failed_can_be_tried_again(company, kinds):
    job = ask(company, lambda _job, _progress: {}, kinds)
    services.work_off(company.ours, job.pk)
    with scope(company.ours), pytest.raises(WrongState):
        services.retry(job)


def test_a_job_is_seen_by_who_asked_in_its_own_organization_only(company, kinds):
    job = ask(company, lambda _job, _progress: {}, kinds)
    with scope(company.ours):
        assert job_for(company.author, job.pk) == job
        assert jobs_of(company.author) == [job]
        with pytest.raises(Job.DoesNotExist):
            job_for(company.qa, job.pk)
    with scope(company.theirs), pytest.raises(Job.DoesNotExist):
        job_for(company.author, job.pk)


def test_a_worker_that_was_given_up_but_lives_changes_nothing(company, kinds):
    """The first worker is silent for too long, a second does the job, then the first comes back and wants to finish."""
    runs = []

    def work(job, _progress):
        runs.append(job.attempts)
        if job.attempts == 1:
            at_once(lambda: silent(company, job, 60), lambda: None)
            at_once(lambda: (services.sweep(), services.work_off(company.ours, job.pk)))
        next_number("SHEEP")
        return {"attempt": job.attempts}

    job = ask(company, work, kinds)
    services.work_off(company.ours, job.pk)
    done = row(company, job)
    assert (runs, done.state, done.result) == ([1, 2], JobState.DONE, {"attempt": 2})
    with scope(company.ours):
        assert next_number("SHEEP") == "SHEEP-0002"


class TestSweeping:
    """Beat looks after what was lost on the way."""

    def test_what_is_fresh_is_left_alone(self, company, kinds):
        ask(company, lambda _job, _progress: {}, kinds)
        assert services.sweep() == 0

    def test_a_message_that_was_lost_is_sent_again(self, company, kinds, messages):
        job = ask(company, lambda _job, _progress: {}, kinds)
        messages.clear()
        Wakeup.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        assert services.sweep() == 1
        assert messages.all() == [("jobs.run", [company.ours.pk, str(job.pk)])]
        assert services.sweep() == 0

    def test_a_job_that_beats_is_left_to_its_worker(self, company, kinds):
        job = ask(company, lambda _job, _progress: {}, kinds)
        self._die_while_running(company, job, kinds)
        silent(company, job, 30)
        services.sweep()
        assert row(company, job).state == JobState.RUNNING

    def test_a_job_whose_worker_died_is_done_by_another(self, company, kinds):
        job = ask(company, lambda _job, _progress: {}, kinds)
        self._die_while_running(company, job, kinds)
        silent(company, job, 60)
        at_once(services.sweep, services.sweep, services.sweep, services.sweep)
        assert row(company, job).state == JobState.QUEUED
        kinds["test.work"] = handlers.Handler(lambda _job, _progress: {"well": True}, ())
        services.work_off(company.ours, job.pk)
        done = row(company, job)
        assert (done.state, done.attempts, done.result) == (JobState.DONE, 2, {"well": True})

    def test_after_three_deaths_it_fails_in_words(self, company, kinds):
        job = ask(company, lambda _job, _progress: {}, kinds)
        for _ in range(3):
            self._die_while_running(company, job, kinds)
            silent(company, job, 60)
            services.sweep()
        failed = row(company, job)
        assert (failed.state, failed.attempts) == (JobState.FAILED, 3)
        assert failed.error == (
            "It was interrupted 3 times before it could finish. Try again, or tell your administrator."
        )
        with scope(company.ours):
            assert [each.kind for each in unread_standing_alone(company.author)] == ["job.failed"]

    def test_the_wake_up_of_a_finished_job_goes(self, company, kinds):
        job = ask(company, lambda _job, _progress: {}, kinds)
        services.work_off(company.ours, job.pk)
        silent(company, job, 0)
        services.sweep()
        assert list(Wakeup.objects.all()) == []

    def _die_while_running(self, company, job, kinds):
        def die(_job, _progress):
            raise SystemExit

        kinds["test.work"] = handlers.Handler(die, ())
        with pytest.raises(SystemExit):
            services.work_off(company.ours, job.pk)
