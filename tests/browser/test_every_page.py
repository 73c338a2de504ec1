"""Every page in light and dark, on a desk and on a phone: readable, whole, and within its weight."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import resolve
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.people import Person, pictures
from tests.browser.place import ALDER, Place
from tests.browser.places import PLACES, every_page_name, world
from tests.browser.portal import IN_BROWSER, Portal

pytestmark = [*IN_BROWSER, pytest.mark.slow]

LOOKS = [(theme, width) for width in (1440, 390) for theme in ("light", "dark")]
RULES = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]},
}
"""What is looked for: everything in light; in dark what depends on colours, for nothing else differs."""
TALLEST = 12_000
WEIGHT, DOCUMENT = 100_000, 66_000  # bytes: all of a page as it travels, and its HTML
EVERYTHING = {"style guide": 70_000}
"""What a page may weigh that holds every component once: nobody works on it."""
SLOW = {"offline": False, "latency": 0, "downloadThroughput": 40_000, "uploadThroughput": -1}  # bytes a second
_MEASURE = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value })
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(sum), 300);
})"""

_MARKUP = "(document.querySelector('main')?.innerText.match(/<(time|a|small|span|b) [^>]*>/) || [])[0] || ''"


@pytest.fixture(scope="module")
def holes(portal: Portal, visitor: Callable[[str], Person]) -> dict[str, str]:
    """What the paths lack: numbers of the demo world, a mail and an export that somebody just made."""
    head, administrator = visitor("quality_head"), visitor("administrator")
    found = world(portal)
    head.open(f"/trail/export/?kind=documents.document&id={found['document']}")
    head.press("Make the files")
    head.page.get_by_role("link", name="Download the PDF").wait_for(timeout=90_000)
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
def test_a_page_is_whole_in_every_look(place: Place, visitor: Callable[[str], Person], holes: dict[str, str]) -> None:
    person = _go(visitor(place.who), place, holes)
    faults = []
    for theme, width in LOOKS:
        picture = pictures() / f"{re.sub(r'[^a-z0-9]+', '-', place.key.lower())}-{theme}-{width}.png"
        faults += [f"{theme} {width}: {fault}" for fault in _look(person.page, theme, width, picture)]
    person.page.emulate_media(color_scheme="light")
    assert faults + person.complaints == []


@pytest.mark.parametrize("place", [each for each in PLACES if each.do is None], ids=str)
def test_a_page_is_light_and_stands_still(
    place: Place, chromium: Browser, visitor: Callable[[str], Person], holes: dict[str, str]
) -> None:
    """On a cold cache: all that travels and the HTML alone. Then whether anything moves while it arrives in pieces."""
    state = visitor(place.who).context.storage_state()
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, storage_state=state)
    page = context.new_page()
    sizes: list[float] = []
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    address = visitor(place.who).portal.url + place.path.format(**holes)
    html = len(page.goto(address, wait_until="networkidle").body())
    weight, moved = sum(sizes), page.evaluate(_MEASURE)
    session.send("Network.emulateNetworkConditions", SLOW)
    page.goto(address)
    moved += page.evaluate(_MEASURE)
    context.close()
    most = EVERYTHING.get(place.key, DOCUMENT)
    assert (weight < WEIGHT, html < most, moved) == (True, True, 0), (weight, html, moved)


def _go(person: Person, place: Place, holes: dict[str, str]) -> Person:
    person.complaints.clear()
    person.page.emulate_media(color_scheme="light")
    person.page.set_viewport_size({"width": 1440, "height": 900})
    answer = person.open(person.portal.url + place.path.format(**holes))
    assert answer.status == place.status
    if place.do:
        place.do(person)
    return person


def _look(page: Page, theme: str, width: int, picture: Path) -> Iterator[str]:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    for violation in Axe().run(page, options=RULES[theme]).response["violations"]:
        yield f"axe {violation['id']}: {[node['target'] for node in violation['nodes']][:3]}"
    if over := page.evaluate("document.documentElement.scrollWidth - innerWidth"):
        yield f"{over} px wider than the screen"
    if markup := page.evaluate(_MARKUP):
        yield f"markup is shown as words: {markup}"
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(height, 900), TALLEST)})
    page.screenshot(path=picture)
    if _is_blank(picture):
        yield "blank"


def _is_blank(picture: Path) -> bool:
    """Whether hardly anything differs from the most frequent colour."""
    with Image.open(picture) as image:
        colours = image.convert("L").histogram()
    return sum(colours) - max(colours) < 0.004 * sum(colours)


def _name_of(path: str) -> str:
    inside = path.split("?", maxsplit=1)[0].removeprefix(ALDER)
    urls = "cqms.portal.urls_mounted" if path.startswith(ALDER) else "cqms.urls"
    return resolve(inside, urlconf=urls).view_name
