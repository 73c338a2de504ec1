"""The chapters that the stories of documents share; each holds with and without scripts."""

import re
import uuid
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from tests.browser.people import People, Person
from tests.platform.instances import eventually

TEXT = """# Purpose

This procedure says how samples of participants are labelled – before they leave the site.

# Procedure

1. Print the label with **two** identifiers.
2. Let a second person compare it with the request.

| Step | Who |
|---|---|
| Label | study nurse |
| Compare | second person |
"""
REASON = "Two samples were mixed up in spring."


def newcomer(people: People) -> Person:
    """Somebody is invited as an author, sets a password from the mail's link, and signs in for the first time."""
    word = uuid.uuid4().hex[:6]
    email, name = f"nora.{word}@alder.example", f"Nora {word.capitalize()}"
    administrator = people("administrator")
    administrator.open("/members/")
    administrator.press("Invite a person")
    administrator.fill(email=email, name=name)
    administrator.page.locator("[name=role]").select_option("author")
    administrator.press("Invite")
    administrator.page.wait_for_url(re.compile(r"/members/\d+/$"))
    nora = people("newcomer", signed_in=False, email=email, password="ripe quinces in a blue bowl")
    (mail,) = eventually(lambda: nora.portal.mails_to(email), 30)
    nora.open(mail.link)
    nora.fill(password1=nora.password, password2=nora.password)
    nora.press("Set the password")
    nora.sees("Sign in")
    nora.name = name
    return nora.sign_in()


def begin(author: Person, title: str, reviewers: Sequence[str], **fields: str) -> None:
    """Open the form of a new document and fill it in."""
    author.open("/documents/")
    author.press("New document")
    page = author.page
    page.get_by_label("Title", exact=True).fill(title)
    for label, value in fields.items():
        page.locator(f"[name={label}]").select_option(label=value)
    page.locator("[name=change_reason]").fill(REASON)
    page.locator("[name=audience]").fill("Everybody who handles samples")
    for name in reviewers:
        page.get_by_role("group", name=re.compile("^Reviewers")).get_by_label(name, exact=True).check()
    page.locator("[name=markdown]").fill(TEXT)


def plan_in_approval(people: People, title: str) -> str:
    """A study plan that its reviewer has signed, so that it waits for the study manager; the path of its version."""
    author = people("author")
    begin(author, title, ["Rafael Lindqvist"], type="Study plan", owner="Paula Ferreira")
    author.page.locator("[name=study]").select_option(index=1)
    author.page.get_by_role("group", name=re.compile("^Function leads")).get_by_label("Magnus Mbeki").check()
    version = save_draft(author)
    take(author, version, "Submit for review")
    take(people("reviewer"), version, "Sign as reviewed")
    return version


def save_draft(author: Person) -> str:
    """Save the draft, wait for its PDF, and return the path of the version inside the organization."""
    author.press("Save the draft")
    author.page.wait_for_url(re.compile(r"/documents/[A-Z]+-\d+/\d+\.\d+/$"))
    look_again(author, lambda: author.page.get_by_text("Rendition as signed.pdf").count() == 1)
    return urlsplit(author.page.url).path.removeprefix(f"/o/{author.portal.slug}")


def take(
    person: Person, version: str, step: str, *, first: bool = True, binding: bool = False, reason: str = ""
) -> None:
    """Open a version, press the button of a step and sign it."""
    person.open(version)
    person.press(step)
    form = person.signing_form()
    if reason:
        form.locator("[name=reason]").fill(reason)
    person.sign(first=first, binding=binding)
    person.sees(f"Signed: {step}")


def act(person: Person, version: str, step: str, reason: str) -> None:
    """Open a version and take a step that is not signed, with its reason."""
    person.open(version)
    person.press(step)
    form = person.page.locator("form:has([name=reason])").last
    form.locator("[name=reason]").fill(reason)
    form.get_by_role("button", name=step, exact=True).click()
    person.sees(f"Done: {step}")


def state(person: Person) -> str:
    """The state that the head of the page shows."""
    return person.page.locator(".record-line .badge").first.inner_text().strip()


def wait_for(person: Person, version: str, wanted: str, seconds: float = 90) -> None:
    """Look at a version again and again until it is in a state and its issued copy says so."""

    def there() -> bool:
        person.open(version)
        copy = person.page.locator(".files a", has_text=f", {wanted.lower()}.pdf")
        return state(person) == wanted and copy.count() == 1

    eventually(there, seconds)


def look_again(person: Person, true: Callable[[], object], seconds: float = 60) -> None:
    """Reload the page until something is true."""

    def there() -> object:
        person.page.reload()
        return true()

    eventually(there, seconds)
