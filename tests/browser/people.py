"""People at browsers of their own: signed in, reading and pressing what anybody would read and press."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Response, sync_playwright

from tests.browser.portal import Portal

CHROMIUM = shutil.which("chromium")
DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
PATIENCE = 60_000  # milliseconds: a machine may be busy with other tests
_EXPECTED = "Failed to load resource"  # a status that is no success, which the test itself looks at


class Person:
    """Somebody and their browser. What the console complains about is kept in `complaints`."""

    def __init__(
        self, browser: Browser, portal: Portal, who: str, *, email: str = "", password: str = "", **options: Any
    ) -> None:
        self.portal, self.who = portal, who
        self.email, self.password = email or portal.email_of(who), password or portal.password
        self.context: BrowserContext = browser.new_context(locale="en-GB", **{**DESK, **options})
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> Response:
        """Go to an address, or to a path of the organization."""
        response = self.page.goto(path if path.startswith("http") else self.portal.mounted(path))
        assert response is not None
        return response

    def sign_in(self) -> "Person":
        self.open(f"{self.portal.url}/accounts/login/")
        self.enter()
        self.page.wait_for_url(lambda url: "/accounts/login/" not in url)
        return self

    def enter(self) -> None:
        """Fill in the sign-in form that is on the screen and send it."""
        self.page.get_by_label("Work e-mail").fill(self.email)
        self.page.get_by_label("Password", exact=True).fill(self.password)
        self.page.locator("main form").first.get_by_role("button", name="Sign in", exact=True).click()

    def press(self, name: str) -> None:
        """Press the button, or follow the link that looks like one."""
        button = self.page.get_by_role("button", name=name, exact=True)
        button.or_(self.page.get_by_role("link", name=name, exact=True)).first.click()

    def fill(self, **fields: str) -> None:
        """Fill in fields by their names."""
        for name, value in fields.items():
            self.page.locator(f"[name={name}]").fill(value)

    def sign(self, *, first: bool = False, binding: bool = False) -> None:
        """Enter the components of a signature that are asked for and sign; they must be exactly these."""
        form = self.signing_form()
        assert (form.locator("[name=email]").count() == 1) == first
        assert (form.locator("[name=accepts_binding]").count() == 1) == binding
        if first:
            form.locator("[name=email]").fill(self.email)
        form.locator("[name=password]").fill(self.password)
        if binding:
            form.locator("[name=accepts_binding]").check()
        form.get_by_role("button", name=re.compile("^Sign as ")).click()

    def signing_form(self) -> Locator:
        """The form with the password, once it is there: in a dialog, or the page itself."""
        form = self.page.locator("form:has([name=password])").last
        form.wait_for()
        return form

    def sees(self, words: str) -> None:
        """Wait until the words are on the page."""
        self.page.get_by_text(words).first.wait_for()

    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def text(self) -> str:
        """What the page says."""
        return self.page.locator("main").inner_text()

    def download(self, press: Callable[[], None], folder: Path) -> Path:
        """What arrives when something is pressed."""
        with self.page.expect_download() as info:
            press()
        file = folder / info.value.suggested_filename
        info.value.save_as(file)
        return file

    def fetch(self, path: str) -> bytes:
        """The body of an address, with the person's session."""
        response = self.context.request.get(path if path.startswith("http") else self.portal.url + path)
        assert response.ok, f"{response.status} {path}"
        return response.body()

    def leave(self) -> None:
        self.context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_EXPECTED):
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Ends with the module, because an open Playwright makes Django believe in an event loop."""
    if CHROMIUM is None:
        print("NO CHROMIUM: nothing is shown in a browser. Install it: apt-get install chromium", file=sys.stderr)
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


People = Callable[..., Person]


@pytest.fixture
def people(chromium: Browser, portal: Portal) -> Iterator[People]:
    """Call it with who it is in the cast, and options of the browser; they are signed in unless `signed_in=False`.

    At the end no console may have complained.
    """
    present: list[Person] = []

    def come(who: str, *, signed_in: bool = True, **options: Any) -> Person:
        person = Person(chromium, portal, who, **options)
        present.append(person)
        return person.sign_in() if signed_in else person

    yield come
    for person in present:
        person.leave()
    assert [(person.who, person.complaints) for person in present if person.complaints] == []


def pictures() -> Path:
    """Where pictures of pages are kept: the folder named by CQMS_PICTURES, else build/pictures."""
    folder = Path(os.environ.get("CQMS_PICTURES") or Path(__file__).resolve().parents[2] / "build" / "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
