"""What somebody typed is never lost: another tab was quicker, the session ended, scripts are off."""

import re

import pytest

from tests.browser.people import People, Person
from tests.browser.portal import IN_BROWSER, Portal
from tests.journeys import chapters

pytestmark = [*IN_BROWSER, pytest.mark.slow]

MINE = "# Purpose\n\nWritten in the second tab, with <b>brackets</b> & “quotes”.\n"
THEIRS = "# Purpose\n\nWritten in the first tab.\n"
AGE = """
from django.contrib.sessions.models import Session
for row in Session.objects.all():
    store = Session.get_session_store_class()(row.session_key)
    if store.get("_auth_user_id") == "{user}":
        store["seen_at"] = store.get("seen_at", 0) - 3600
        store.save()
"""
WITH_AND_WITHOUT = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])


@WITH_AND_WITHOUT
def test_two_tabs_change_one_draft(people: People, scripts: bool) -> None:
    author = people("author", java_script_enabled=scripts)
    chapters.begin(author, "Change of gloves", [], owner="Paula Ferreira")
    version = chapters.save_draft(author)
    author.open(f"{version}edit/")
    first, second = author.page, author.context.new_page()
    second.goto(author.portal.mounted(f"{version}edit/"))
    first.locator("[name=markdown]").fill(THEIRS)
    author.press("Save the draft")
    author.sees("Written in the first tab.")

    author.page = second
    second.locator("[name=markdown]").fill(MINE)
    with second.expect_response(lambda response: response.request.method == "POST") as answer:
        author.press("Save the draft")
    assert answer.value.status == 409
    assert "Somebody changed this version" in author.text()
    assert [*_rows(author)] == [["Text", THEIRS.strip(), MINE.strip()]]
    assert second.locator("[name=markdown]").input_value() == MINE
    author.press("Save the draft")
    author.sees("Written in the second tab")
    author.page = first


@WITH_AND_WITHOUT
def test_the_session_ended_while_somebody_wrote(people: People, portal: Portal, scripts: bool) -> None:
    author = people("author", java_script_enabled=scripts)
    chapters.begin(author, "Disposal of needles", ["Rafael Lindqvist"], owner="Paula Ferreira")
    _grow_idle(portal, author)
    author.press("Save the draft")
    author.page.wait_for_url(re.compile("/accounts/login/"))
    author.enter()
    author.sees("We kept what you typed")
    page = author.page
    assert page.get_by_label("Title", exact=True).input_value() == "Disposal of needles"
    assert page.locator("[name=change_reason]").input_value() == chapters.REASON
    assert page.locator("[name=markdown]").input_value() == chapters.TEXT
    assert page.locator("[name=owner] option:checked").inner_text() == "Paula Ferreira"
    assert page.get_by_label("Rafael Lindqvist", exact=True).first.is_checked()
    chapters.save_draft(author)


def test_what_was_kept_is_shown_to_nobody_else(people: People, portal: Portal) -> None:
    """Somebody else signs in at the same browser: the form is empty."""
    author = people("author")
    chapters.begin(author, "Private thoughts", [], owner="Paula Ferreira")
    _grow_idle(portal, author)
    author.press("Save the draft")
    author.page.wait_for_url(re.compile("/accounts/login/"))
    author.email = portal.email_of("reviewer")
    author.enter()
    author.page.wait_for_url(re.compile("/documents/new/"))
    assert author.page.get_by_label("Title", exact=True).input_value() == ""
    assert "We kept what you typed" not in author.text()


def _rows(person: Person):
    """The rows of the table with both versions."""
    for row in person.page.locator(".table tbody tr").all():
        yield [cell.strip() for cell in row.locator("th, td").all_inner_texts()]


def _grow_idle(portal: Portal, person: Person) -> None:
    """Make the person's sessions an hour older, as if nobody had touched them."""
    ((user,),) = portal.rows("SELECT id FROM accounts_user WHERE email = %s", person.email)
    portal.manage("shell", "--no-imports", "-c", AGE.format(user=user))


def test_a_draft_waits_in_its_tab_sealed_and_comes_back(people: People) -> None:
    """What stands in the storage of the browser is read by nobody without the page of that person (ASVS 14.3.3)."""
    author = people("author")
    page = author.page
    author.open("/documents/new/")
    page.get_by_label("Title", exact=True).fill("Storage of quillworts")
    author.sees("Draft kept in this tab")
    stored = page.evaluate("Object.entries(sessionStorage).filter(([name]) => name.startsWith('draft:'))")
    assert len(stored) == 1
    assert not re.search("quillwort|Storage of|title", stored[0][1])
    author.open("/documents/")
    author.open("/documents/new/")
    author.sees("Your draft is back")
    assert page.get_by_label("Title", exact=True).input_value() == "Storage of quillworts"
    assert page.evaluate("Object.keys(localStorage)") == []
