"""Tables that people bring, whose columns we do not know yet: CSV or XLSX, told by the content and not the name."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import BinaryIO

from django.core.exceptions import ValidationError

from cqms.attachments.kinds import EXCEL
from cqms.lists.reading import MOST_LINES, Line, csv_rows, plain_cell
from cqms.lists.workbooks import Row, workbook_rows

MOST_COLUMNS = 200
_LONGEST_HEAD = 120


@dataclass(frozen=True)
class Table:
    """What stands in the first row, and every row below it by those heads."""

    heads: Sequence[str]
    lines: Sequence[Line]


def read_table(file: BinaryIO, most: int = MOST_LINES) -> Table:
    """A CSV or XLSX file with one head row. Columns without a head are left out.

    Raises ValidationError when it cannot be read, is empty, longer than `most`, or has a head twice.
    """
    file.seek(0)
    is_workbook = EXCEL.matches(file)
    file.seek(0)
    rows = workbook_rows(file, most) if is_workbook else _csv_table(file)
    if len(rows) < 2:  # noqa: PLR2004 - a head and one row
        raise ValidationError("The file holds no rows below its first line.")
    if len(rows) - 1 > most:
        raise ValidationError(f"The file holds {len(rows) - 1:,} rows; {most:,} can be taken at once. Divide it.")
    heads = [" ".join(head.split())[:_LONGEST_HEAD] for head in rows[0][1]]
    _check_heads(heads)
    return Table([head for head in heads if head], [_line(number, heads, cells) for number, cells in rows[1:]])


def _csv_table(file: BinaryIO) -> list[Row]:
    reader = csv_rows(file)
    try:
        return [(reader.line_num, [plain_cell(cell) for cell in row]) for row in reader if any(map(str.strip, row))]
    except csv.Error as error:
        raise ValidationError(f"This is no CSV file: {error}.") from None


def _check_heads(heads: Sequence[str]) -> None:
    if len(heads) > MOST_COLUMNS:
        raise ValidationError(f"The first row has more than {MOST_COLUMNS} columns. Leave the others out.")
    known = [head.lower() for head in heads if head]
    doubled = sorted({head for head in heads if head and known.count(head.lower()) > 1})
    if doubled:
        raise ValidationError(f"The first row names {', '.join(doubled[:5])} twice. Name each column once.")


def _line(number: int, heads: Sequence[str], cells: Sequence[str]) -> Line:
    if any(cells[len(heads) :]):
        raise ValidationError(f"Row {number} has more cells than the first row has columns: quote what holds commas.")
    return Line(number, {head: cell for head, cell in zip_longest(heads, cells, fillvalue="") if head})
