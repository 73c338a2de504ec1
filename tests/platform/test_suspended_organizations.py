"""An organization that is suspended: nobody and nothing works in it, its data stays, and it goes on as it was."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from cqms.audit.models import AuditEvent
from cqms.jobs.models import Job, JobState, Wakeup
from cqms.jobs.services import enqueue, sweep, work_off
from cqms.organizations.scope import scope
from cqms.organizations.selectors import every_organization, working_organizations
from cqms.portal.services import INVITE
from studies.models import Study
from tests.cast import page
from tests.platform.asking import asking
from tests.platform.browsing import browse, words

WHY = "The contract ended."


def run(command: str, slug: str = "northwind", reason: str = WHY) -> str:
    said = StringIO()
    call_command(command, slug=slug, reason=reason, stdout=said)
    return said.getvalue()


def told(cast) -> list[tuple[str, str]]:
    with scope(cast.ours):
        rows = AuditEvent.objects.filter(record_kind="organizations.organization").order_by("pk")
        return [(row.verb, row.reason) for row in rows]


def test_pages_and_programs_get_one_sentence_and_the_data_stays(cast):
    browser, ask, other = browse(cast.author), asking(cast.author, cast.ours), browse(cast.outsider)
    assert "is suspended: nobody comes in" in run("suspend_organization")
    for answer in (browser.get(page(cast.ours, "/")), browser.post(page(cast.ours, "/studies/new/"), {"number": "X"})):
        assert (answer.status_code, "Northwind Therapeutics is suspended since" in words(answer)) == (403, True)
    refused = ask.get("studies/")
    assert (refused.status_code, "is suspended since" in refused.json()["error"]["message"]) == (403, True)
    assert browser.get("/account/").status_code == 200
    assert other.get(page(cast.theirs, "/")).status_code == 200
    assert browse(cast.outsider).get(page(cast.ours, "/")).status_code == 404
    with scope(cast.ours):
        assert Study.objects.count() == 2
    assert [each.slug for each in working_organizations()] == ["harbour"]
    assert [each.slug for each in every_organization()] == ["northwind", "harbour"]


def test_it_goes_on_as_it_was(cast):
    browser, ask = browse(cast.author), asking(cast.author, cast.ours)
    run("suspend_organization")
    assert "is open again" in run("resume_organization", reason="A new contract.")
    assert (browser.get(page(cast.ours, "/")).status_code, ask.get("studies/").status_code) == (200, 200)
    assert told(cast) == [("suspend", WHY), ("resume", "A new contract.")]


def test_its_jobs_wait_and_are_done_afterwards(cast):
    with scope(cast.ours):
        job = enqueue(INVITE, actor=cast.administrator, label="Invitation", person=cast.author.pk)
    run("suspend_organization")
    work_off(cast.ours, job.pk)
    Wakeup.objects.update(due_at="2020-01-01T00:00:00Z")
    assert sweep() == 0
    with scope(cast.ours):
        assert Job.objects.get(pk=job.pk).state == JobState.QUEUED
    run("resume_organization")
    assert sweep() == 1
    work_off(cast.ours, job.pk)
    with scope(cast.ours):
        assert Job.objects.get(pk=job.pk).state == JobState.DONE


@pytest.mark.parametrize(
    ("command", "slug", "reason", "sentence"),
    [
        ("suspend_organization", "nowhere", WHY, "There is no organization nowhere. There are: harbour, northwind."),
        ("suspend_organization", "northwind", " ", "Give the reason"),
        ("resume_organization", "northwind", WHY, "Northwind Therapeutics is not suspended."),
    ],
)
def test_what_cannot_be_is_told(cast, command, slug, reason, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(command, slug, reason)
    assert told(cast) == []


def test_it_is_suspended_once(cast):
    run("suspend_organization")
    with pytest.raises(CommandError, match="suspended already"):
        run("suspend_organization")
