"""A version does not always go forward: sent back, rejected, recalled, voided."""

import pytest

from tests.browser.people import People, Person
from tests.browser.portal import IN_BROWSER
from tests.journeys import chapters
from tests.platform.instances import eventually

pytestmark = [*IN_BROWSER, pytest.mark.slow]

SENT_BACK = "Say who compares the label."
REJECTED = "The table contradicts the text."
RECALLED = "I found a mistake myself."
VOIDED = "Another procedure covers this now."


def test_a_version_goes_back_four_times_and_ends(people: People) -> None:
    author, reviewer = people("author"), people("reviewer")
    chapters.begin(author, "Cleaning of scales", ["Rafael Lindqvist"], owner="Paula Ferreira")
    version = chapters.save_draft(author)
    chapters.take(author, version, "Submit for review")
    chapters.take(reviewer, version, "Send back to the author", reason=SENT_BACK)
    _is_a_draft_again(author, version, SENT_BACK)
    _is_told(author, version, "sent")

    chapters.take(author, version, "Submit for review", first=False)
    chapters.take(reviewer, version, "Sign as reviewed", first=False)
    chapters.take(people("process_owner"), version, "Reject", reason=REJECTED)
    _is_a_draft_again(author, version, REJECTED)
    _counts_signatures_of_this_round_only(author, version)

    chapters.take(author, version, "Submit for review", first=False)
    chapters.act(author, version, "Recall", RECALLED)
    _is_a_draft_again(author, version, RECALLED)

    qa = people("qa")
    chapters.take(qa, version, "Void", reason=VOIDED)
    assert chapters.state(qa) == "Voided"
    assert _steps(author, version) == ["New version"]


def test_a_rejection_without_a_reason_is_not_one(people: People) -> None:
    author, reviewer = people("author"), people("reviewer")
    chapters.begin(author, "Storage of scales", ["Rafael Lindqvist"], owner="Paula Ferreira")
    version = chapters.save_draft(author)
    chapters.take(author, version, "Submit for review")
    reviewer.open(version)
    reviewer.press("Send back to the author")
    reviewer.sign(first=True)
    reviewer.page.locator(".error-summary").wait_for()
    reviewer.open(version)
    assert chapters.state(reviewer) == "In review"


def _is_a_draft_again(person: Person, version: str, reason: str) -> None:
    """The reason stands in the timeline for everybody."""
    person.open(version)
    assert chapters.state(person) == "Draft"
    assert f"Reason: {reason}" in person.page.locator("#timeline .reason").all_inner_texts()


def _is_told(person: Person, version: str, words: str) -> None:
    number = version.split("/")[2]
    mails = person.portal.mails_to
    eventually(lambda: [m for m in mails(person.email) if number in m.subject and words in m.subject], 60)


def _counts_signatures_of_this_round_only(person: Person, version: str) -> None:
    """All signatures stay readable; that of the reviewer does not carry over into the next round."""
    person.open(version)
    assert person.page.locator("#timeline .signature").count() == 5


def _steps(person: Person, version: str) -> list[str]:
    person.open(version)
    return person.page.locator(".steps .button").all_inner_texts()
