"""Two people work on one quality event at once: the second is told, sees both texts, and loses nothing."""

import pytest
from playwright.sync_api import Response

from tests.browser.people import People, Person
from tests.browser.portal import IN_BROWSER
from tests.journeys import chapters, events

pytestmark = [*IN_BROWSER, pytest.mark.slow]

FIRST = "The freezer rang at night."
MINE = "The freezer rang from Friday to Monday, with <b>brackets</b> & “quotes”."
THEIRS = "The freezer rang on Saturday."
WITH_AND_WITHOUT = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])


@WITH_AND_WITHOUT
def test_two_people_change_one_issue(people: People, scripts: bool) -> None:
    author, quality = (people(who, java_script_enabled=scripts) for who in ("author", "qa"))
    issue = _opens(author)
    for person in (author, quality):
        person.open(f"{issue}edit/")
    author.fill(description=THEIRS)
    assert _sent(author, "Save").status == 302
    quality.fill(description=MINE)
    assert _sent(quality, "Save").status == 409
    assert "Somebody changed this record while you had it open." in quality.text()
    assert _both_versions(quality) == [["Description", THEIRS, MINE]]
    assert quality.page.locator("[name=description]").input_value() == MINE
    assert _sent(quality, "Save").status == 302
    quality.sees(MINE)


@WITH_AND_WITHOUT
def test_a_step_was_taken_while_somebody_changed_the_issue(people: People, scripts: bool) -> None:
    author, quality = (people(who, java_script_enabled=scripts) for who in ("author", "qa"))
    issue = _opens(author)
    author.open(f"{issue}edit/")
    author.fill(description=MINE, reason="The log was read.")
    events.take(quality, issue, "Take up for triage")
    assert _sent(author, "Save").status == 409
    assert _both_versions(author) == [
        ["Description", FIRST, MINE],
        ["Reason for the change", "empty", "The log was read."],
    ]
    assert _sent(author, "Save").status == 302
    author.sees(MINE)
    assert chapters.state(author) == "Triage"


@WITH_AND_WITHOUT
def test_two_people_decide_about_one_issue(people: People, scripts: bool) -> None:
    """What the second one wrote is given back, with the reason why the step is not possible any more."""
    quality, head = (people(who, java_script_enabled=scripts) for who in ("qa", "quality_head"))
    issue = _opens(people("author"))
    form = events.ask(quality, issue, "Not an issue")
    events.give(form, reason=MINE)
    events.take(head, issue, "Accept as an issue", severity="minor", extent="single", detectability="sure", breach="no")
    with quality.page.expect_response(lambda response: response.request.method == "POST") as answer:
        form.get_by_role("button", name="Not an issue", exact=True).click()
    assert answer.value.status == 409
    quality.sees(f"Not an issue is not possible: {events.number_of(issue)}")
    assert MINE in quality.page.locator("body").inner_text()
    quality.open(issue)
    assert chapters.state(quality) == "Accepted"


@WITH_AND_WITHOUT
@pytest.mark.parametrize(
    ("capa", "panel", "label"),
    [
        ("Accounts of leavers stay active", "#analysis", "Cause"),
        ("Training records come after delegation", "#plan", "Action"),
    ],
    ids=["cause", "row of the plan"],
)
def test_two_people_change_one_part_of_a_capa(people: People, scripts: bool, capa: str, panel: str, label: str) -> None:
    author, quality = (people(who, java_script_enabled=scripts) for who in ("author", "qa"))
    author.open("/quality-events/capas/")
    author.page.get_by_role("row", name=capa).get_by_role("link").first.click()
    whole = events.path_of(author, "CAPA")
    quality.open(whole)
    for person in (author, quality):
        person.page.locator(panel).get_by_role("link", name="Change", exact=True).first.click()
        person.page.locator("[name=text]").wait_for()
    theirs, mine = f"{THEIRS} {scripts}", f"{MINE} {scripts}"
    author.fill(text=theirs)
    assert _sent(author, "Save").status == 302
    quality.fill(text=mine)
    assert _sent(quality, "Save").status == 409
    assert _both_versions(quality) == [[label, theirs, mine]]
    assert quality.page.locator("[name=text]").input_value() == mine
    assert _sent(quality, "Save").status == 302
    quality.page.locator(panel).get_by_text(mine, exact=True).first.wait_for()


def _opens(author: Person) -> str:
    author.open("/quality-events/issues/new/")
    events.send(author, "Open the issue", title="Freezer rang", description=FIRST, detected_how="By ear")
    return events.path_of(author, "QI")


def _sent(person: Person, button: str) -> Response:
    """What the portal answers when the form is sent."""
    with person.page.expect_response(lambda response: response.request.method == "POST") as answer:
        events.send(person, button)
    person.page.wait_for_load_state()
    return answer.value


def _both_versions(person: Person) -> list[list[str]]:
    """Field by field: what is saved now, and what was typed."""
    rows = person.page.locator("main .table tbody tr").all()
    return [[cell.strip() for cell in row.locator("th, td").all_inner_texts()] for row in rows]
