"""The page that an inspector opens from a disk: it says the same as the Python file of the same files, and asks nobody."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from cqms.reports import verifier
from tests.platform import trail_exports as made

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Examine = Callable[..., dict[str, list[str]]]


@pytest.fixture
def page(chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """The page from the disk, in a browser without network; at the end its console is silent."""
    context = chromium.new_context(offline=True)
    opened, complaints = context.new_page(), []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda request: complaints.append(request.url) if request.url.startswith("http") else None)
    saved = tmp_path / "verify_trail.html"
    saved.write_bytes(verifier.content("page"))
    opened.goto(saved.as_uri())
    yield opened
    context.close()
    assert complaints == []


@pytest.fixture
def examine(page: Page, tmp_path: Path) -> Examine:
    """Give the page a file, and read what it says."""

    def ask(data: bytes, fingerprint: str = "") -> dict[str, list[str]]:
        file = tmp_path / "trail.json"
        file.write_bytes(data)
        page.reload()
        page.locator("#key").fill(fingerprint)
        page.locator("#file").set_input_files(file)
        page.locator(".verdict").wait_for()
        lists = {name: page.locator(f"#{name} li").all_inner_texts() for name in ("found", "redacted", "proven", "not")}
        terms, values = page.locator("dt").all_inner_texts(), page.locator("dd").all_inner_texts()
        facts = [f"{term}: {value}" for term, value in zip(terms, values, strict=True)]
        return {**lists, "facts": facts, "verdict": [page.locator(".verdict").inner_text()]}

    return ask


def test_what_was_done_to_a_file_is_said_in_words(examine):
    said = {name: examine(data)["found"] for name, (data, _) in made.DAMAGES.items()}
    assert said == {name: problems for name, (_, problems) in made.DAMAGES.items()}


def test_a_good_file_is_told_with_what_it_proves_and_what_it_does_not(examine, page):
    said = examine(made.DAMAGES["nothing"][0])
    assert said == {
        "found": [], "redacted": [], "proven": made.PROVEN, "not": made.NOT_PROVEN, "facts": made.FACTS, "verdict": [f"✓ {made.GOOD}"],
    }  # fmt: skip
    page.get_by_text("The entries", exact=True).click()
    entries = page.locator("ol li").all_inner_texts()
    assert {place: entries[place] for place in made.WORDS} == made.WORDS
    assert Axe().run(page).response["violations"] == []


def test_a_damaged_file_proves_nothing(examine, page):
    said = examine(made.DAMAGES["renamed person"][0])
    assert (said["verdict"], said["proven"], said["not"]) == ([f"✗ {made.BAD}"], [], [])
    assert page.get_by_text("What the file says (not proven)").is_visible()
    assert Axe().run(page).response["violations"] == []


def test_a_file_made_anew_with_another_key_is_found_by_the_fingerprint_alone(examine):
    assert examine(made.FORGED)["found"] == []
    spaced = " ".join(made.FINGERPRINT[at : at + 4] for at in range(0, 64, 4)).upper()
    assert examine(made.FORGED, spaced)["found"] == [made.OTHER_KEY]
    good = examine(made.DAMAGES["nothing"][0], spaced)
    assert (good["proven"][-1], good["not"]) == ("The key is the one you expected.", made.NOT_PROVEN[1:])


def test_a_time_stamp_is_named_and_left_to_other_tools(examine):
    assert examine(made.DAMAGES["time stamp"][0])["not"][-1] == made.STAMPED
    assert examine(made.DAMAGES["time stamp of an older portal"][0])["not"][-1] == made.STAMPED_UNBOUND


def test_a_redaction_is_told_in_words_and_is_no_damage(examine, page):
    said = examine(made.DAMAGES["redacted"][0])
    assert (said["redacted"], said["verdict"]) == ([made.REDACTED], [f"✓ {made.GOOD_BUT_REDACTED}"])
    assert (said["proven"][0], said["not"][-1]) == (made.PROVEN_OF_REDACTED, made.NOT_PROVEN_OF_REDACTED)
    assert Axe().run(page).response["violations"] == []


def test_what_a_file_says_is_text_and_never_runs(examine, page):
    trail = json.loads(made.DAMAGES["nothing"][0])
    trail["about"][0][1] = "<img src=x onerror=\"document.title='run'\">"
    assert examine(made.written(trail))["facts"][0] == f"Organization: {trail['about'][0][1]}"
    assert page.title() == "Verify an exported audit trail"


def test_it_fits_a_phone(examine, page):
    page.set_viewport_size({"width": 390, "height": 844})
    examine(made.DAMAGES["nothing"][0])
    assert page.evaluate("document.documentElement.scrollWidth") == 390
