"""XLSX files that people bring, as rows of text: what a spreadsheet may hide in them is refused in words.

Formulas, merged cells, hidden sheets and broken or blown-up archives are refused; a day is written 2026-03-31,
however the workbook shows it. Decision 28.
"""

import datetime as dt
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

_MOST_PARTS = 200
_MOST_BYTES = 60 * 1024 * 1024
_MOST_COLUMNS = 200
_SHOWN_FAULTS = 20
_BLOCK = 1 << 20
_TAIL = 64
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_NO_WORKBOOK = "This is no Excel workbook that can be read. Open it in Excel, save it anew as .xlsx and choose that."
_UNREADABLE = (
    KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError, EOFError, OSError, RuntimeError,
    NotImplementedError, zipfile.BadZipFile, zlib.error, InvalidFileException,
)  # fmt: skip
"""What reading a broken workbook raises; SyntaxError is what a broken part is to the XML parser."""

Row = tuple[int, list[str]]


def workbook_rows(file: BinaryIO, most: int) -> list[Row]:
    """The rows of the only sheet: the number each has in the sheet, and its cells as text; blank ones are left out.

    Raises ValidationError in a sentence that says what to do about it. `most` is without the head.
    """
    try:
        _check_parts(file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(file, most)
    except _UNREADABLE:
        raise ValidationError(_NO_WORKBOOK) from None


def _check_parts(file: BinaryIO) -> None:
    """What the archive holds, before anything of it is read as XML."""
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_BYTES:
            most = _MOST_BYTES // 1024**2
            raise ValidationError(
                f"Unpacked, this workbook is larger than {most} MB. Copy the rows alone into a new one."
            )
        for part in parts:
            _check_part(archive, part)


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    is_sheet, before = _SHEET.fullmatch(part.filename) is not None, b""
    if not part.filename.endswith((".xml", ".rels")):
        return
    with archive.open(part) as stream:
        for block in iter(lambda: stream.read(_BLOCK), b""):
            seen = before + block
            if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen or b"\x00" in seen:
                raise ValidationError(_NO_WORKBOOK)
            if is_sheet and b"mergeCell " in seen:
                raise ValidationError("Some cells are merged, so that a row lacks what another shows. Unmerge them.")
            before = seen[-_TAIL:]


def _read(file: BinaryIO, most: int) -> list[Row]:
    file.seek(0)
    book = load_workbook(file, read_only=True, keep_links=False)
    try:
        names = book.sheetnames
        if not names:
            raise ValidationError(_NO_WORKBOOK)
        if len(names) != 1 or len(book.worksheets) != 1:
            shown = ", ".join(f"“{name[:31]}”" for name in names[:5])
            raise ValidationError(f"The workbook holds {len(names)} sheets: {shown}, hidden ones too. Keep one alone.")
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        return _rows(sheet.iter_rows(), most)
    finally:
        book.close()


def _rows(found: Iterator[Sequence[Any]], most: int) -> list[Row]:
    rows: list[Row] = []
    wrong: list[str] = []
    for number, cells in enumerate(found, 1):
        if number > 2 * most + 1 or len(rows) > most + 1:
            raise ValidationError(f"The sheet goes on beyond {most:,} rows, which can be taken at once. Divide it.")
        if len(cells) > _MOST_COLUMNS:
            raise ValidationError(f"Row {number} has more than {_MOST_COLUMNS} columns. Leave the others out.")
        wrong += [_fault(number, column, cell) for column, cell in enumerate(cells, 1) if _is_no_value(cell)]
        if len(wrong) > _SHOWN_FAULTS:
            break
        texts = [_text(cell.value) for cell in cells]
        if any(texts):
            rows.append((number, texts))
    if wrong:
        raise ValidationError(wrong[:_SHOWN_FAULTS])
    return rows


def _is_no_value(cell: Any) -> bool:
    return cell.value is not None and cell.data_type in ("f", "e")


def _fault(number: int, column: int, cell: Any) -> str:
    what = "a formula" if cell.data_type == "f" else "an error of the spreadsheet"
    return f"Row {number}, column {get_column_letter(column)} holds {what}. Paste values only."


def _text(value: object) -> str:
    """A value as it would be typed: days and moments by ISO 8601, whole numbers without a fraction."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        is_day = value.time() == dt.time()
        return value.date().isoformat() if is_day else value.isoformat(timespec="seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
