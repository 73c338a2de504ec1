"""Takes the README's picture from a running portal with the demo world.

python -m tests.browser.readme_picture .data
"""

import json
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

TARGET = Path(__file__).resolve().parents[2] / "static" / "pictures" / "version.png"
PAGE = "/o/alder/documents/SOP-0002/"
WIDTH, HEIGHT = 1280, 860


def take(data: Path) -> None:
    """Sign in as the process owner of the demo and keep what they see of a version that waits for them."""
    run = json.loads((data / "run.json").read_text())
    accounts = json.loads((data / "demo.json").read_text())["accounts"]
    owner = next(account for account in accounts if account["role"] == "approver")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(run["url"] + run["signin"])
        page.fill("[name=login]", owner["email"])
        page.fill("[name=password]", owner["password"])
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/o/**")
        page.goto(run["url"].rstrip("/") + PAGE)
        TARGET.parent.mkdir(exist_ok=True)
        page.screenshot(path=TARGET)
        browser.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]))
