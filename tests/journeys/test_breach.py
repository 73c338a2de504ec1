"""A serious breach from the first suspicion to the notification on day 6, told by the service provider first."""

import datetime as dt
import re
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from tests.browser.people import People, Person
from tests.browser.portal import IN_BROWSER
from tests.journeys import chapters

pytestmark = [*IN_BROWSER, pytest.mark.slow]

NEW_YORK = ZoneInfo("America/New_York")
SHEET = {
    "trial_title": "Vaccine A in adults", "trial_number": "2026-500001-01-00", "site_contact": "Pharmacy of site 01",
    "most_affected": "Germany", "requirement": "Protocol 6.2", "impact_participants": "Four were dosed.",
    "impact_data": "None is expected.", "actions_taken": "The batch is quarantined.",
    "in_procedure": "None", "other_trials": "None", "parties": "Depot", "next_follow_up_on": "2099-01-04",
}  # fmt: skip


def test_a_suspicion_is_assessed_signed_and_notified_on_day_six(people: People) -> None:
    author, head = people("author"), people("quality_head")
    breach = _suspect(author)
    author.sees("It runs from the awareness of the first person in the sponsor's chain.")
    _answers(author)
    chapters.take(people("qa"), breach, "Confirm as serious")
    monitor = people("medical_monitor")
    chapters.take(monitor, breach, "Confirm as serious")
    assert chapters.state(monitor) == "Confirmed"
    _drafts(author, breach)
    _reads_the_sheet(author, breach)
    _authorises(head, breach)
    head.sees("Notified in time")
    assert chapters.state(head) == "Notified (initial)"
    assert [each.complaints for each in (author, head)] == [[], []]


def _suspect(author: Person) -> str:
    """The provider knew five days and twenty hours ago, the sponsor a day later."""
    known = dt.datetime.now(dt.UTC) - dt.timedelta(days=5, hours=20)
    author.open("/quality-events/breaches/")
    author.press("New serious breach")
    there = known.astimezone(NEW_YORK)
    author.fill(
        title="Doses after expiry", description="Four participants got a batch past its expiry.",
        aware_at=f"{known + dt.timedelta(days=1):%Y-%m-%dT%H:%M}", zone="UTC",
        first_aware_at=f"{there:%Y-%m-%dT%H:%M}", first_aware_zone="New York", first_aware_by="Monitor",
        aware_evidence="Mail to the safety desk", sponsor_zone="Berlin", discovered_on=f"{known:%Y-%m-%d}",
    )  # fmt: skip
    author.press("Open the suspicion")
    author.page.wait_for_url(re.compile(r"/breaches/SB-\d+/$"))
    left = author.page.locator("#clock .badge").first.inner_text()
    assert re.fullmatch(r"1 day [234] hours left", left.strip()), "seven days less what has passed, clocks may change"
    return urlsplit(author.page.url).path.removeprefix(f"/o/{author.portal.slug}")


def _answers(author: Person) -> None:
    author.press("Assess")
    form = author.page.locator("form:has([name=rationale])").last
    form.wait_for()
    for key in ("departs", "in_scope", "safety"):
        form.locator(f"[name={key}][value=yes]").check()
    for key in ("rights", "reliability", "systematic"):
        form.locator(f"[name={key}][value=no]").check()
    form.locator("[name=rationale]").fill("The stability of the batch is not known past its expiry.")
    form.get_by_role("button", name="Assess", exact=True).click()
    author.sees("It is likely to affect the safety of a participant to a significant degree.")


def _drafts(author: Person, breach: str) -> None:
    author.open(breach)
    author.press("Draft the notification")
    form = author.page.locator("form:has([name=trial_number])").last
    form.wait_for()
    form.locator("[name=investigation][value=ongoing]").check()
    form.locator("[name=commercial][value=commercial]").check()
    for name, value in SHEET.items():
        form.locator(f"[name={name}]").fill(value)
    form.get_by_role("button", name="Draft the notification", exact=True).click()
    author.sees("Done: Draft the notification")


def _reads_the_sheet(author: Person, breach: str) -> None:
    """Each field can be copied; without a clipboard its text is selected."""
    author.open(f"{breach}sheet/")
    author.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    author.page.get_by_role("button", name="Copy: Requirement breached (protocol, GCP, law)").click()
    author.sees("The text is selected: copy it with Ctrl-C.")
    assert author.page.evaluate("getSelection().toString() || document.activeElement.value") == "Protocol 6.2"


def _authorises(head: Person, breach: str) -> None:
    head.open(breach)
    head.press("Note that it was sent")
    form = head.signing_form()
    form.locator("[name=channel]").fill("CTIS")
    form.locator("[name=receipt]").fill("SB-2026-17")
    form.locator("[name=redaction_checked]").check()
    head.sign(first=True)
    head.sees("Signed: Note that it was sent")
