"""Rows as CSV and XLSX that a spreadsheet opens without running anything.

The rule for text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a carriage return):
in CSV, which knows no types, it gets an apostrophe before it; in XLSX it stays as it is, because every text is stored
as text, and carries Excel's own mark (quote prefix) so that editing the cell does not turn it into a formula either.
Numbers and dates are numbers and dates. Decision 9.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

import xlsxwriter
from django.core.exceptions import ValidationError

FORMULA = ("=", "+", "-", "@", "\t", "\r")
XLSX_ROWS = 1_048_000
_CELL = 32_767
_FIRST_YEAR = 1900  # no earlier day exists in a workbook
_WIDTH, _WIDEST = 10, 60
_NUMBERS = (int, float, Decimal)


@dataclass(frozen=True)
class Sheet:
    """A list to be written: `about` says in words what it holds, for whoever finds the file later."""

    title: str
    heads: Sequence[str]
    rows: Iterable[Sequence[object]]
    about: Sequence[tuple[str, str]] = ()


def harmless(value: object) -> str:
    """A cell of a CSV as text; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    text = plain(value)
    is_number = isinstance(value, _NUMBERS) and not isinstance(value, bool)
    return f"'{text}" if text.startswith(FORMULA) and not is_number else text


def plain(value: object) -> str:
    """A value as text: days and moments by ISO 8601, yes and no, blank for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def write_csv(sheet: Sheet, target: BinaryIO) -> None:
    """UTF-8 with a byte order mark, so that spreadsheets read umlauts; lines end as RFC 4180 says."""
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([harmless(head) for head in sheet.heads])
    for row in sheet.rows:
        writer.writerow([harmless(cell) for cell in row])
    text.detach()


def write_xlsx(sheet: Sheet, target: BinaryIO) -> None:
    """A workbook with the rows and a sheet that says what they are; memory stays flat.

    Raises ValidationError beyond the rows an XLSX file can hold.
    """
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        page = book.add_worksheet("List")
        marked, strong = book.add_format({"quote_prefix": True}), book.add_format({"bold": True})
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        page.freeze_panes(1, 0)
        page.set_column(0, max(len(sheet.heads) - 1, 0), 24)
        for column, head in enumerate(sheet.heads):
            page.write_string(0, column, head, strong)
        for number, row in enumerate(sheet.rows, 1):
            if number > XLSX_ROWS:
                raise ValidationError(f"An XLSX file holds {XLSX_ROWS:,} rows. Export as CSV, or set a filter.")
            for column, cell in enumerate(row):
                _write_cell(page, (number, column), cell, marked, days)
        _write_about(book, sheet, strong)


def _write_cell(
    page: "xlsxwriter.worksheet.Worksheet", place: tuple[int, int], cell: object, marked: object, days: object
) -> None:
    if isinstance(cell, _NUMBERS) and not isinstance(cell, bool):
        page.write_number(*place, cell)
    elif isinstance(cell, date) and not isinstance(cell, datetime) and cell.year >= _FIRST_YEAR:
        page.write_datetime(*place, cell, days)
    else:
        text = plain(cell)
        text = text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"
        page.write_string(*place, text, marked if text.startswith(FORMULA) else None)


def _write_about(book: "xlsxwriter.Workbook", sheet: Sheet, strong: object) -> None:
    page = book.add_worksheet("About")
    page.set_column(0, 0, _WIDTH * 2)
    page.set_column(1, 1, _WIDEST)
    for number, (term, value) in enumerate(sheet.about):
        page.write_string(number, 0, term, strong)
        page.write_string(number, 1, value)


@dataclass(frozen=True)
class Format:
    """A kind of file a list can become."""

    label: str
    suffix: str
    media_type: str


CSV = Format("CSV", "csv", "text/csv; charset=utf-8")
XLSX = Format("XLSX", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
FORMATS = {each.suffix: each for each in (CSV, XLSX)}
_WRITERS = {CSV.suffix: write_csv, XLSX.suffix: write_xlsx}


def write(sheet: Sheet, kind: Format, target: BinaryIO) -> None:
    """Write the sheet as that kind of file. Raises ValidationError when the kind cannot hold it."""
    _WRITERS[kind.suffix](sheet, target)
