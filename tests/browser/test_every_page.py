"""Every page in light and dark, on a desk and on a phone: readable, whole, and within its weight."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Browser

from tests.browser.looking import LOOKS, Wire, look
from tests.browser.people import Person, pictures
from tests.browser.place import ALDER, Place
from tests.browser.places import PLACES, every_page_name, world
from tests.browser.portal import IN_BROWSER, Portal

pytestmark = [*IN_BROWSER, pytest.mark.slow]

WEIGHT, DOCUMENT = 100_000, 66_000  # bytes: all of a page as it travels, and its HTML
EVERYTHING = {"style guide": 70_000}
"""What a page may weigh that holds every component once: nobody works on it."""


@pytest.fixture(scope="module")
def holes(portal: Portal, visitor: Callable[[str], Person]) -> dict[str, str]:
    """What the paths lack: numbers of the demo world, a mail and an export that somebody just made."""
    head, administrator = visitor("quality_head"), visitor("administrator")
    found = world(portal)
    head.open(f"/trail/export/?kind=documents.document&id={found['document']}")
    head.press("Make the files")
    head.page.get_by_role("link", name="Download the PDF").wait_for(timeout=240_000)
    report = head.page.locator("#result-title").inner_text()
    administrator.open(f"{portal.url}/mail/")
    mail = administrator.page.locator("main table a").first.get_attribute("href")
    job = urlsplit(head.page.url).path.split("/")[-2]
    return {**found, "job": job, "report": report, "mail": mail.rstrip("/").rpartition("/")[2]}


@pytest.fixture(scope="module")
def visitor(chromium: Browser, portal: Portal) -> Iterator[Callable[[str], Person]]:
    """Somebody by name, signed in once for all pages; nobody for pages before sign-in."""
    here: dict[str, Person] = {}

    def get(who: str) -> Person:
        if who not in here:
            person = Person(chromium, portal, who or "nobody")
            here[who] = person.sign_in() if who else person
        return here[who]

    yield get
    for person in here.values():
        person.leave()


def test_no_page_is_missing_here(holes: dict[str, str]) -> None:
    """A new address must be listed, or say why it shows no page."""
    shown = {_name_of(place.path.format(**holes)) for place in PLACES if place.status != 404}
    assert every_page_name() - shown == set()


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_page_is_light_stands_still_and_is_whole_in_every_look(
    place: Place, visitor: Callable[[str], Person], holes: dict[str, str]
) -> None:
    """On a cold cache: all that travels and the HTML alone. Then whether anything moves while it arrives in pieces."""
    person = visitor(place.who)
    address = person.portal.url + place.path.format(**holes)
    faults = _begin(person, place, address) if place.do else list(_arrive(person, place, address))
    for theme, width in LOOKS:
        picture = pictures() / f"{re.sub(r'[^a-z0-9]+', '-', place.key.lower())}-{theme}-{width}.png"
        faults += [f"{theme} {width}: {fault}" for fault in look(person.page, theme, width, picture)]
    assert faults + person.complaints == []


def _begin(person: Person, place: Place, address: str) -> list[str]:
    """Open it and do there what leads to what is looked at."""
    _as_new(person)
    assert person.open(address).status == place.status
    place.do(person)
    return []


def _arrive(person: Person, place: Place, address: str) -> Iterator[str]:
    """What is wrong with how it arrives: nothing in a browser that has it, and in pieces afterwards."""
    _as_new(person)
    wire = Wire(person.page)
    weight, html, moved = wire.cold(address)
    answer, moved_later = wire.slowly(address)
    wire.close()
    assert answer.status == place.status
    if weight >= WEIGHT or html >= EVERYTHING.get(place.key, DOCUMENT):
        yield f"{weight:.0f} bytes travel, its HTML has {html}"
    if moved or moved_later:
        yield f"things move while it arrives: {moved}, and {moved_later} on a slow line"


def _as_new(person: Person) -> None:
    person.complaints.clear()
    person.page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    person.page.set_viewport_size({"width": 1440, "height": 900})


def _name_of(path: str) -> str:
    inside = path.split("?", maxsplit=1)[0].removeprefix(ALDER)
    urls = "cqms.portal.urls_mounted" if path.startswith(ALDER) else "cqms.urls"
    return resolve(inside, urlconf=urls).view_name
