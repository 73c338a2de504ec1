"""What the stories of quality events share; each holds with and without scripts."""

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Locator

from tests.browser.people import Person


def path_of(person: Person, prefix: str) -> str:
    """Wait for the page of an event whose number begins so; its path inside the organization."""
    person.page.wait_for_url(re.compile(rf"/{prefix}-\d+/$"))
    return urlsplit(person.page.url).path.removeprefix(f"/o/{person.portal.slug}")


def number_of(path: str) -> str:
    """The number of an event, from its path."""
    return path.split("/")[-2]


def give(form: Locator | Any, **fields: Any) -> None:
    """Answer the fields of a form by name, each as its kind wants it: words, a choice by its words or value, a tick."""
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        kind = field.first.evaluate("field => field.type")
        if kind == "radio":
            form.locator(f"[name={name}][value={value}]").check()
        elif kind == "checkbox":
            field.set_checked(value)
        elif kind == "select-one":
            field.select_option(value)
        else:
            field.fill(value)


def send(person: Person, button: str, **fields: Any) -> None:
    """Answer the fields of the page's form and send it."""
    give(person.page.locator("main form").filter(has=person.page.get_by_role("button", name=button)).last, **fields)
    person.page.locator("main").get_by_role("button", name=button, exact=True).click()


def take(person: Person, path: str, step: str, **fields: Any) -> None:
    """Open an event and take a step that is not signed."""
    form = ask(person, path, step)
    give(form, **fields)
    form.get_by_role("button", name=step, exact=True).click()
    person.sees(f"Done: {step}")
    person.page.wait_for_load_state()


def sign(person: Person, path: str, step: str, *, first: bool = False, **fields: Any) -> None:
    """Open an event and sign a step; with the `first` signature of a session the e-mail is asked for as well."""
    give(ask(person, path, step), **fields)
    person.sign(first=first)
    person.sees(f"Signed: {step}")
    person.page.wait_for_load_state()


def ask(person: Person, path: str, step: str) -> Locator:
    """Open an event and press the button of a step; the form that comes: in a dialog, or the page itself."""
    person.open(path)
    person.press(step)
    form = person.page.locator("form[action*='/steps/']").last
    form.wait_for()
    return form


def linked(person: Person) -> list[list[str]]:
    """What the page says that the event is linked with: number, words and why."""
    rows = person.page.locator("#links tbody tr").all()
    return [[cell.strip() for cell in row.locator("th, td").all_inner_texts()][:3] for row in rows]
