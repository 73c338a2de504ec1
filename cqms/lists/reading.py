"""CSV files that people bring, as lines of text by column; every wrong line is named."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

from django.core.exceptions import ValidationError

Value = TypeVar("Value")

MOST_LINES = 5_000
_SHOWN_FAULTS = 20
_NO_TEXT = "This is not a text file in UTF-8. Save it as CSV UTF-8 and choose it again."


@dataclass(frozen=True)
class Line:
    """One line: the number it has in the file (the head is 1) and its cells by column, stripped."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def read_csv(
    file: BinaryIO, columns: Sequence[str], optional: Sequence[str] = (), most: int = MOST_LINES
) -> list[Line]:
    """The lines of a CSV file in UTF-8, separated by commas or semicolons; blank ones are left out.

    `columns` must stand in its first line, `optional` may, in any order and case. An apostrophe that our own exports
    set before a formula is taken off again. Raises ValidationError when it is no such file, empty or longer than
    `most`.
    """
    try:
        rows = csv_rows(file)
        heads = [name.strip().lower() for name in next(rows, [])]
        _check_heads(heads, columns, optional)
        lines = list(_lines(rows, heads))
    except csv.Error as error:
        raise ValidationError(f"This is no CSV file: {error}.") from None
    if not lines:
        raise ValidationError("The file holds no rows below its first line.")
    if len(lines) > most:
        raise ValidationError(f"The file holds {len(lines):,} rows; {most:,} can be taken at once. Divide it.")
    return lines


def each_line(lines: Iterable[Line], convert: Callable[[Line], Value]) -> list[Value]:
    """What every line means. `convert` raises ValueError in words; ValidationError then names every wrong line."""
    values, wrong = [], []
    for line in lines:
        try:
            values.append(convert(line))
        except ValueError as error:
            wrong.append(f"Line {line.number}: {error}")
    if wrong:
        more = len(wrong) - _SHOWN_FAULTS
        raise ValidationError([*wrong[:_SHOWN_FAULTS], *([f"And {more} more lines."] if more > 0 else [])])
    return values


def csv_rows(file: BinaryIO) -> Any:
    """The rows of a CSV file as lists of cells, the head first; `line_num` is where the last one ended.

    Raises ValidationError for what is no text, and csv.Error on the way for what is no CSV.
    """
    text = _text_of(file)
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def plain_cell(cell: str) -> str:
    """A cell without blanks around it, and without the apostrophe that our own exports set before a formula."""
    text = cell.strip()
    is_quoted = len(text) > 1 and text[0] == "'" and text[1] in "=+-@"
    return text[1:] if is_quoted else text


def _text_of(file: BinaryIO) -> str:
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(_NO_TEXT) from None
    if "\0" in text:
        raise ValidationError(_NO_TEXT)
    return text


def _check_heads(heads: Sequence[str], columns: Sequence[str], optional: Sequence[str]) -> None:
    missing = [name for name in columns if name not in heads]
    if missing:
        raise ValidationError(f"The first line lacks {', '.join(missing)}.")
    doubled = [name for name in (*columns, *optional) if heads.count(name) > 1]
    if doubled:
        raise ValidationError(f"The first line names {', '.join(doubled)} twice.")


def _lines(rows: Any, heads: Sequence[str]) -> Iterator[Line]:
    for row in rows:
        cells = dict(zip(heads, map(plain_cell, row), strict=False))
        if any(map(str.strip, row)):
            yield Line(rows.line_num, cells)
