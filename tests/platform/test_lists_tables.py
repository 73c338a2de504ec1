"""Tables that people bring: CSV and workbooks come out alike, and what cannot be taken says what to do about it."""

import datetime as dt
import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from openpyxl import Workbook

from cqms.lists.tables import read_table

MORNING = dt.datetime(2026, 4, 1, 9, 30)  # noqa: DTZ001 - workbooks know no zones
HEADS = ["Site", "Found on", "Text"]
NO_WORKBOOK = "This is no Excel workbook that can be read. Open it in Excel, save it anew as .xlsx and choose that."


def book(rows, change=lambda *_: None) -> io.BytesIO:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    change(made, made.active)
    target = io.BytesIO()
    made.save(target)
    return target


def rewritten(file: io.BytesIO, part: str, change) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == part else content)
    return target


def refused(file: io.BytesIO, **how) -> list[str]:
    with pytest.raises(ValidationError) as error:
        read_table(file, **how)
    return error.value.messages


def test_a_workbook_and_a_csv_file_tell_the_same():
    rows = [HEADS, [1, dt.date(2026, 3, 31), "Late"], [None, None, None], ["02", MORNING, None]]
    sheet = read_table(book(rows))
    text = "Site;Found on;Text\n1;2026-03-31;Late\n;;\n02;2026-04-01T09:30:00;\n"
    assert sheet == read_table(io.BytesIO(text.encode("utf-8-sig")))
    assert sheet.heads == HEADS
    assert [(line.number, line["Found on"]) for line in sheet.lines] == [(2, "2026-03-31"), (4, "2026-04-01T09:30:00")]


def test_a_number_stays_a_number_where_a_day_was_meant():
    assert read_table(book([HEADS, [1.0, 46112, 2.5]])).lines[0].cells == {
        "Site": "1", "Found on": "46112", "Text": "2.5",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda _, sheet: sheet.merge_cells("A2:A3"),
         "Some cells are merged, so that a row lacks what another shows. Unmerge them."),
        (lambda _, sheet: sheet.append(["=HYPERLINK(A1)"]), "Row 4, column A holds a formula. Paste values only."),
        (lambda _, sheet: sheet.append(["#N/A"]),
         "Row 4, column A holds an error of the spreadsheet. Paste values only."),
        (lambda made, _: setattr(made.create_sheet("Codes"), "sheet_state", "hidden"),
         "The workbook holds 2 sheets: “Sheet”, “Codes”, hidden ones too. Keep one alone."),
        (lambda _, sheet: sheet.cell(2, 300, "far"), "Row 2 has more than 200 columns. Leave the others out."),
        (lambda _, sheet: sheet.cell(90_000, 1, "far"),
         "The sheet goes on beyond 10 rows, which can be taken at once. Divide it."),
        (lambda _, sheet: sheet.cell(1, 3, "site"), "The first row names Site, site twice. Name each column once."),
    ],
    ids=["merged", "formula", "error", "hidden sheet", "columns", "rows", "heads"],
)  # fmt: skip
def test_what_a_spreadsheet_hides_is_refused_in_words(change, sentence):
    assert refused(book([HEADS, ["1", "2026-03-31", "A"], ["2", "", "B"]], change), most=10) == [sentence]


def test_an_archive_that_blows_up_is_never_unpacked():
    bomb = rewritten(book([HEADS, ["1"]]), "xl/worksheets/sheet1.xml", lambda _: b" " * (61 * 1024 * 1024))
    assert len(bomb.getvalue()) < 100_000
    assert refused(bomb) == ["Unpacked, this workbook is larger than 60 MB. Copy the rows alone into a new one."]


@pytest.mark.parametrize(
    "change",
    [
        lambda old: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>' + old,
        lambda old: old[:200],
        lambda _: b"<a/>",
        lambda old: old.decode().encode("utf-16"),
    ],
    ids=["entities", "cut", "something else", "another encoding"],
)
def test_a_workbook_whose_parts_are_broken_or_dangerous_is_none(change):
    broken = rewritten(book([HEADS, ["1", "2", "3"]]), "xl/workbook.xml", change)
    assert refused(broken) == [NO_WORKBOOK]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file holds no rows below its first line."),
        (b"a,b\n", "The file holds no rows below its first line."),
        (b",\n1,2\n", "The file holds no rows below its first line."),
        (b"a,b\n1,\x00\n", "This is not a text file in UTF-8. Save it as CSV UTF-8 and choose it again."),
        (b"a\n\xed\xa0\x80\n", "This is not a text file in UTF-8. Save it as CSV UTF-8 and choose it again."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600,
         "This is not a text file in UTF-8. Save it as CSV UTF-8 and choose it again."),
        (b"a,b\n1,2,3\n", "Row 2 has more cells than the first row has columns: quote what holds commas."),
        (b"a," * 300 + b"\n1\n", "The first row has more than 200 columns. Leave the others out."),
        (b"a\n1\n2\n3\n", "The file holds 3 rows; 2 can be taken at once. Divide it."),
    ],
    ids=["empty", "head alone", "no heads", "nul", "surrogate", "old Excel", "cells", "columns", "rows"],
)  # fmt: skip
def test_a_file_that_is_no_table_says_what_to_do(content, sentence):
    assert refused(io.BytesIO(content), most=2) == [sentence]
