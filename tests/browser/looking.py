"""What is looked for on a page that is shown: that it can be read, is whole, and how it arrived."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from PIL import Image
from playwright.sync_api import CDPSession, Page, Response

LOOKS = [(theme, width) for width in (1440, 390) for theme in ("light", "dark")]
RULES: dict[str, dict[str, Any]] = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]},
}
"""What is looked for: everything in light; in dark what depends on colours, for nothing else differs."""
TALLEST = 12_000
SLOW = {"offline": False, "latency": 0, "downloadThroughput": 60_000, "uploadThroughput": -1}

_AXE = f"() => {{ if (!window.axe) {{ {AXE_SCRIPT} }} }}"
"""Reading its half megabyte costs as much as a look: once for each page that was loaded."""
_VIOLATIONS = """options => axe.run(options).then(found => found.violations.map(
  each => `axe ${each.id}: ${JSON.stringify(each.nodes.slice(0, 3).map(node => node.target))}`))"""
_MARKUP = "(document.querySelector('main')?.innerText.match(/<(time|a|small|span|b) [^>]*>/) || [])[0] || ''"
_WIDER = """() => [...document.querySelectorAll('main :is(.panel, .steps, .lifecycle, .table-box), dialog[open]')]
  .flatMap(panel => {
    const edge = panel.getBoundingClientRect().right + 1;
    const isSeen = each => each === panel || getComputedStyle(each).clipPath === 'none' && isSeen(each.parentElement);
    const wide = [...panel.querySelectorAll('*')].find(each =>
      each.checkVisibility() && each.getBoundingClientRect().right > edge && isSeen(each));
    if (!wide) return [];
    const name = `${wide.localName}.${wide.getAttribute('class') || ''} ${wide.textContent.trim().slice(0, 40)}`;
    return [`${Math.round(wide.getBoundingClientRect().right - edge)} px wider than its panel: ${name}`];
  })"""
"""What reaches beyond the panel in which it stands: cut off, to be moved sideways, or lying over what is beside it."""
_MEASURE = """async afterwards => {
  let sum = 0;
  const add = entries => { for (const each of entries) sum += each.value };
  const observer = new PerformanceObserver(list => add(list.getEntries()));
  observer.observe({type: 'layout-shift', buffered: true});
  const moving = () => document.getAnimations().filter(each => each.effect.getComputedTiming().endTime < Infinity);
  await document.fonts.ready;
  await Promise.allSettled(moving().map(each => each.finished));
  for (let frame = 0; frame < 4; frame++) await new Promise(requestAnimationFrame);
  await new Promise(requestIdleCallback);
  await new Promise(done => setTimeout(done, afterwards));
  add(observer.takeRecords());
  return sum;
}"""
"""How far things moved until the fonts are there, nothing moves by itself, and some frames and milliseconds later."""


class Wire:
    """What travels to a page, heard on the wire. The page is as before when it is closed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.sizes: list[float] = []
        self.on_their_way: set[str] = set()
        self.session.on("Network.requestWillBeSent", lambda event: self.on_their_way.add(event["requestId"]))
        self.session.on("Network.loadingFailed", lambda event: self.on_their_way.discard(event["requestId"]))
        self.session.on("Network.loadingFinished", self._arrived)
        self.session.send("Network.enable")

    def cold(self, address: str) -> tuple[float, int, float]:
        """Open it as nobody did before: bytes of all that travels, of the HTML alone, and how far things moved."""
        self.session.send("Network.clearBrowserCache")
        self.sizes.clear()
        answer = self.page.goto(address)
        assert answer is not None
        moved = self.moved()
        return sum(self.sizes), len(answer.body()), moved

    def slowly(self, address: str) -> tuple[Response, float]:
        """Open it again while it arrives in pieces: the answer, and how far things moved."""
        self.session.send("Network.emulateNetworkConditions", SLOW)
        answer = self.page.goto(address)
        assert answer is not None
        moved = self.moved(afterwards=200)
        self.session.send("Network.emulateNetworkConditions", {**SLOW, "downloadThroughput": -1})
        return answer, moved

    def moved(self, afterwards: int = 0) -> float:
        """How far things moved until everything is there and stands still, and for some milliseconds afterwards."""
        far = self.page.evaluate(_MEASURE, afterwards)
        if self.on_their_way:  # a script asked for more
            self.page.wait_for_load_state("networkidle")
            far = self.page.evaluate(_MEASURE, afterwards)
        return far

    def close(self) -> None:
        self.session.detach()

    def _arrived(self, event: dict[str, Any]) -> None:
        self.on_their_way.discard(event["requestId"])
        self.sizes.append(event["encodedDataLength"])


def look(page: Page, theme: str, width: int, picture: Path) -> Iterator[str]:
    """What is wrong with the page in a theme and a width; its picture is kept."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(_AXE)
    yield from page.evaluate(_VIOLATIONS, RULES[theme])
    if over := page.evaluate("document.documentElement.scrollWidth - innerWidth"):
        yield f"{over} px wider than the screen"
    yield from page.evaluate(_WIDER)
    if markup := page.evaluate(_MARKUP):
        yield f"markup is shown as words: {markup}"
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(height, 900), TALLEST)})
    _keep(page, picture)
    if _is_blank(picture):
        yield "blank"


def _keep(page: Page, picture: Path) -> None:
    """Keep what is on the screen: packed a little worse than usual, in half the time."""
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
    session.detach()
    picture.write_bytes(base64.b64decode(taken["data"]))


def _is_blank(picture: Path) -> bool:
    """Whether hardly anything differs from the most frequent colour."""
    with Image.open(picture) as image:
        colours = image.convert("L").histogram()
    return sum(colours) - max(colours) < 0.004 * sum(colours)
