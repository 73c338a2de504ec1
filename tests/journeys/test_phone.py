"""Approving between two meetings: from the link in the mail to the signature, on a phone."""

import pytest
from playwright.sync_api import Locator

from tests.browser.people import PHONE, People, Person
from tests.browser.portal import IN_BROWSER, Mail
from tests.journeys import chapters
from tests.platform.instances import eventually

pytestmark = [*IN_BROWSER, pytest.mark.slow]

SMALLEST_TARGET = 24  # CSS pixels, WCAG 2.2 criterion 2.5.8


class Thumb:
    """Touches the screen of somebody's phone, and counts."""

    def __init__(self, person: Person) -> None:
        self.person, self.taps, self.passwords = person, 0, 0

    def follow(self, mail: Mail) -> None:
        """A tap on the link in the mail opens the portal."""
        self.taps += 1
        self.person.open(mail.link)

    def tap(self, what: Locator) -> None:
        box = what.bounding_box()
        assert min(box["width"], box["height"]) >= SMALLEST_TARGET
        self.taps += 1
        what.tap()

    def type(self, field: Locator, words: str) -> None:
        """Tap a field and type into it."""
        self.passwords += field.get_attribute("type") == "password"
        self.tap(field)
        self.person.page.keyboard.type(words)

    def sign(self, *, first: bool) -> None:
        form = self.person.signing_form()
        if first:
            self.type(form.locator("[name=email]"), self.person.email)
        self.type(form.locator("[name=password]"), self.person.password)
        self.tap(form.get_by_role("button", name="Sign as "))
        self.person.sees("Signed: Approve")


def test_a_study_plan_is_approved_in_four_taps_and_one_password(people: People) -> None:
    """Signed in already: the first signature of the session needs both components, the next the password alone."""
    plans = [chapters.plan_in_approval(people, title) for title in ("Plan of the morning", "Plan of the noon")]
    manager = people("study_manager", **PHONE)
    for plan, first, most in zip(plans, (True, False), (4, 3), strict=True):
        thumb = Thumb(manager)
        thumb.follow(_mail_about(manager, plan))
        _shows_what_is_signed(manager)
        thumb.sign(first=first)
        assert (thumb.taps, thumb.passwords) == (most, 1)
        assert _manifestations(manager)[-1].startswith("Samira Marchetti")


def test_who_is_signed_out_comes_back_to_the_signature(people: People) -> None:
    """Signing in is no signing: it costs three taps and a password more (21 CFR 11.200(a)(1)), and loses no way."""
    plan = chapters.plan_in_approval(people, "Plan of the evening")
    manager = people("study_manager", signed_in=False, **PHONE)
    thumb = Thumb(manager)
    thumb.follow(_mail_about(manager, plan))
    page = manager.page
    thumb.type(page.get_by_label("Work e-mail"), manager.email)
    thumb.type(page.get_by_label("Password", exact=True), manager.password)
    thumb.tap(page.locator("main form").first.get_by_role("button", name="Sign in", exact=True))
    thumb.sign(first=True)
    assert (thumb.taps, thumb.passwords) == (7, 2)


def test_the_keys_of_the_keyboard_save_taps(people: People) -> None:
    """Enter in the last field signs, as the Go key of a phone does."""
    plan = chapters.plan_in_approval(people, "Plan of the night")
    manager = people("study_manager", **PHONE)
    manager.open(_mail_about(manager, plan).link)
    form = manager.signing_form()
    form.locator("[name=email]").fill(manager.email)
    form.locator("[name=password]").fill(manager.password)
    assert form.locator("[name=password]").get_attribute("enterkeyhint") == "go"
    form.locator("[name=password]").press("Enter")
    manager.sees("Signed: Approve")


def _mail_about(person: Person, version: str) -> Mail:
    number = version.split("/")[2]

    def found() -> Mail | None:
        mails = [mail for mail in person.portal.mails_to(person.email) if number in mail.subject]
        return mails[-1] if mails else None

    return eventually(found, 60)


def _shows_what_is_signed(person: Person) -> None:
    """Record, meaning and the button are on one page that needs no scrolling sideways."""
    page = person.page
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    assert "I approve" in page.locator(".statement").inner_text()
    assert page.get_by_role("link", name="Open the PDF of").count() == 1


def _manifestations(person: Person) -> list[str]:
    panel = person.page.locator("section.panel", has=person.page.get_by_role("heading", name="Signatures", exact=True))
    return panel.locator(".signature:not(.signature--open)").all_inner_texts()
