"""One short story for every day: the real thing starts, somebody signs in, writes, and signs."""

import pytest

from tests.browser.people import People
from tests.browser.portal import IN_BROWSER
from tests.journeys import chapters

pytestmark = IN_BROWSER


def test_a_draft_is_written_rendered_and_submitted(people: People) -> None:
    author = people("author")
    chapters.begin(author, "Waste of the laboratory", ["Rafael Lindqvist"], owner="Paula Ferreira")
    version = chapters.save_draft(author)
    chapters.take(author, version, "Submit for review")
    assert chapters.state(author) == "In review"


@pytest.mark.parametrize("path", ["/", "/inbox/", "/documents/", "/studies/"])
def test_the_first_pages_answer(people: People, path: str) -> None:
    author = people("author")
    assert author.open(path).status == 200
    assert author.page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


def test_a_guest_works_in_both_organizations_and_sees_one_study_of_the_other(people: People) -> None:
    guest = people("study_manager", email="study.manager@quayside.example")
    assert guest.open("/studies/ALD-104/").status == 200
    assert [guest.open(path).status for path in ("/members/", "/documents/SOP-0001/")] == [403, 404]
    guest.open("/inbox/")
    assert "Quayside Research" in (guest.page.locator("header.topbar").text_content() or "")


def test_site_staff_see_their_site_alone(people: People) -> None:
    nurse = people("site_staff")
    nurse.open("/studies/ALD-104/")
    told = nurse.text()
    assert ("Harbour hospital, Bergen" in told, "Lung centre at the canal, Leipzig" in told) == (True, False)
