"""An extract of an EDC becomes deviations: its columns, a look at every row, the wrong ones as a file – and only once."""

import csv
import datetime as dt
import re
import uuid
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.browser.people import People, Person
from tests.browser.portal import IN_BROWSER
from tests.days import today

pytestmark = [*IN_BROWSER, pytest.mark.slow]

_RUN = uuid.uuid4().hex[:6].upper()
_DAY = today() - dt.timedelta(days=3)
_HEADS = ("PD No", "Site", "Subject", "Date identified", "What was seen")
_ROWS = (
    *(
        (f"{_RUN}-{number}", "11", f"1104-0{number}", _DAY, f"Diary {_RUN} {number} was not completed.")
        for number in range(10, 40)
    ),
    (f"{_RUN}-40", "77", "1104-040", _DAY, "At a site that nobody knows."),
    (f"{_RUN}-41", "11", "1104-041", "soon", "Found on no day."),
)
_NEW = 30


def test_an_extract_is_looked_at_imported_with_progress_and_imported_again_creates_nothing(
    people: People, tmp_path: Path
) -> None:
    author = people("author")
    extract = _extract(tmp_path / "extract.xlsx")
    _send(author, extract)
    author.page.locator("[name=description]").select_option("What was seen")
    author.press("Show what would happen")
    author.sees("What the file would do")
    assert _wrong_of(author, tmp_path) == [
        ("32", "Site", "There is no site “77” of this study that you see."),
        ("33", "Date identified", "“soon” is no day. Write it as 2026-03-31 or 31-Mar-2026."),
    ]
    author.press(f"Create {_NEW} deviations")
    author.sees(f"{_NEW} deviations created.")
    author.open(f"/quality-events/deviations/?q={_RUN}")
    author.sees(f"Diary {_RUN} 39 was not completed.")
    _send(author, extract)
    assert author.page.locator("[name=description]").input_value() == "What was seen", "the columns are remembered"
    author.press("Show what would happen")
    author.sees("No row of this file is new.")
    assert author.page.get_by_role("button", name=re.compile("^Create ")).count() == 0


def _extract(path: Path) -> Path:
    book = Workbook()
    for row in (_HEADS, *_ROWS):
        book.active.append(row)
    book.save(path)
    return path


def _send(author: Person, extract: Path) -> None:
    author.open("/quality-events/deviations/")
    author.press("Import")
    author.page.locator("[name=study]").select_option(index=1)
    author.fill(source_system="Rave")
    author.page.locator("[name=file]").set_input_files(extract)
    author.press("Go on to the columns")
    author.sees("What the columns mean")


def _wrong_of(author: Person, folder: Path) -> list[tuple[str, str, str]]:
    """Row, column and what is wrong, from the file that the page offers."""
    file = author.download(lambda: author.press("All of them as CSV"), folder)
    rows = csv.DictReader(file.read_text("utf-8-sig").splitlines())
    return [(row["row"], row["column"], row["what"]) for row in rows if row["outcome"] == "wrong"]
