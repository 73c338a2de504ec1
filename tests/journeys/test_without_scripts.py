"""The same SOP where the browser runs no scripts: every dialog is a page."""

import re

import pytest

from tests.browser.people import People, Person
from tests.browser.portal import IN_BROWSER
from tests.days import today
from tests.journeys import chapters

pytestmark = [*IN_BROWSER, pytest.mark.slow]

PLAIN = {"java_script_enabled": False}


def test_an_sop_is_written_reviewed_approved_and_scheduled_without_scripts(people: People) -> None:
    author = people("author", **PLAIN)
    chapters.begin(author, "Calibration of scales", ["Rafael Lindqvist"], owner="Paula Ferreira")
    author.press("Preview")
    author.page.locator(".prose").get_by_role("heading", name="Procedure").wait_for()
    version = chapters.save_draft(author)
    chapters.take(author, version, "Submit for review")
    chapters.take(people("reviewer", **PLAIN), version, "Sign as reviewed")
    chapters.take(people("process_owner", **PLAIN), version, "Approve")
    chapters.take(people("qa", **PLAIN), version, "Approve")
    _schedule(people("document_control", **PLAIN), version)
    chapters.wait_for(author, version, "Effective")
    _export(people("quality_head", **PLAIN), version)


def _schedule(control: Person, version: str) -> None:
    control.open(version)
    control.press("Set the effective date")
    control.page.wait_for_url(re.compile("/steps/schedule/$"))
    control.fill(effective_on=today().isoformat(), reason="Already in use.")
    control.press("Set the effective date")
    control.sees("Done: Set the effective date")


def _export(person: Person, version: str) -> None:
    """The page of the job has a link to look again."""
    person.open(version)
    person.press("Export the trail")
    person.press("Make the files")
    person.page.wait_for_url(re.compile("/jobs/"))
    chapters.look_again(person, lambda: person.page.get_by_role("link", name="Download the PDF").count())
