"""One page as somebody meets it in the demo world."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.people import Person

ALDER = "/o/alder"


@dataclass(frozen=True)
class Place:
    """A page: who looks at it, its path with holes for numbers of the demo world, and what they do on it first."""

    key: str
    who: str
    path: str
    do: Callable[[Person], None] | None = None
    status: int = 200

    def __str__(self) -> str:
        return self.key


def send_empty(person: Person) -> None:
    """Send the form as it is; what is wrong is said on top."""
    person.page.locator("main form[method=post] button[type=submit]").first.click()
    person.page.locator(".error-summary").wait_for()
