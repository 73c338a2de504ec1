"""Stamping finished PDF pages: one drawn frame shared by all pages of a size, and "Page x of y" on each.

The frame (header and footer) is drawn once by WeasyPrint and laid over the pages as one shared object. The page
number is written with a font that is embedded once. Both follow the page as the reader sees it: its /CropBox,
/Rotate and /UserUnit.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pikepdf
from pikepdf import Array, Dictionary, Name

from cqms.reports.palette import tokens
from cqms.reports.paper import points

ARTIFACT = b"/Artifact <</Type /Pagination>> BDC\n"
NUMBER_SIZE = 7.5
"""Points."""
_SAMPLE = "Page of 0123456789"
_BFCHAR = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]{4})>")


@dataclass(frozen=True)
class View:
    """A page as the reader sees it, in points."""

    left: float
    bottom: float
    width: float
    height: float
    rotation: int
    unit: float

    @classmethod
    def of(cls, page: pikepdf.Page) -> "View":
        """The visible rectangle of a page: its crop box within its media box."""
        media, crop = _box(page.mediabox), _box(page.cropbox)
        left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
        right, top = min(media[2], crop[2]), min(media[3], crop[3])
        unit = float(page.obj.get(Name.UserUnit, 1))
        rotation = int(page.rotation) % 360
        return cls(left, bottom, right - left, top - bottom, rotation, unit)

    @property
    def seen(self) -> tuple[float, float]:
        """Width and height in points, as the reader sees them."""
        size = (self.width * self.unit, self.height * self.unit)
        return size if self.rotation in {0, 180} else size[::-1]

    def matrix(self) -> str:
        """The transformation from what the reader sees (points, origin at the lower left) to the page's own space."""
        scale = 1 / self.unit
        right, top = self.left + self.width, self.bottom + self.height
        turned = {
            0: (scale, 0, 0, scale, self.left, self.bottom),
            90: (0, scale, -scale, 0, right, self.bottom),
            180: (-scale, 0, 0, -scale, right, top),
            270: (0, -scale, scale, 0, self.left, top),
        }[self.rotation]
        return " ".join(f"{value:.5f}" for value in turned)


def _box(box: pikepdf.Object) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(value) for value in box)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def add_band(page: pikepdf.Page, height: float) -> None:
    """Make the page higher by a band of `height` points below what the reader sees; nothing of it is covered."""
    view = View.of(page)
    grow = height / view.unit
    left, bottom = view.left, view.bottom
    right, top = left + view.width, bottom + view.height
    if view.rotation == 0:
        bottom -= grow
    elif view.rotation == 90:  # noqa: PLR2004 – quarter turns
        right += grow
    elif view.rotation == 180:  # noqa: PLR2004
        top += grow
    else:
        left -= grow
    box = Array([Decimal(f"{value:.4f}") for value in (left, bottom, right, top)])
    page.obj.MediaBox = box
    for key in (Name.CropBox, Name.TrimBox, Name.BleedBox, Name.ArtBox):
        if key in page.obj:
            del page.obj[key]


def isolate(page: pikepdf.Page) -> None:
    """Close what the page's own drawing leaves open, so that nothing of it reaches the stamp. Raises PdfError."""
    depth = lowest = 0
    for instruction in pikepdf.parse_content_stream(page, "q Q"):
        depth += 1 if str(instruction.operator) == "q" else -1
        lowest = min(lowest, depth)
    if depth or lowest:
        page.contents_add(b"q\n" * -lowest, prepend=True)
        page.contents_add(b"\n" + b"Q\n" * (depth - lowest))


@dataclass(frozen=True)
class Numerals:
    """An embedded font that can write "Page x of y"."""

    font: pikepdf.Object
    codes: dict[str, str]
    widths: dict[str, float]
    """Thousandths of the font size."""

    @classmethod
    def embed(cls, pdf: pikepdf.Pdf, drawn: bytes) -> "Numerals":
        """Take the font over from `drawn`, the PDF of `numerals_body()`."""
        with pikepdf.open(io.BytesIO(drawn)) as source:
            font = next(iter(source.pages[0].resources.Font.values()))
            codes = {
                bytes.fromhex(char.decode()).decode("utf-16-be"): code.decode()
                for code, char in _BFCHAR.findall(font.ToUnicode.read_bytes())
            }
            by_code = _glyph_widths(font.DescendantFonts[0].W)
            embedded = pdf.make_indirect(pdf.copy_foreign(source.make_indirect(font)))
        widths = {char: by_code.get(int(code, 16), 600.0) for char, code in codes.items()}
        return cls(embedded, codes, widths)

    def width(self, text: str) -> float:
        """Points."""
        return sum(self.widths[char] for char in text) * NUMBER_SIZE / 1000

    def operators(self, text: str, right: float, baseline: float) -> str:
        """The operators that write `text` so that it ends at `right`; both lengths in points."""
        codes = "".join(self.codes[char] for char in text)
        start = right - self.width(text)
        return f"BT {_ink()} rg /CqmsNumerals {NUMBER_SIZE} Tf {start:.2f} {baseline:.2f} Td <{codes}> Tj ET"


def _glyph_widths(array: pikepdf.Object) -> dict[int, float]:
    """The widths of a /W array, which WeasyPrint writes as `first [w w w] …`."""
    items = list(array)
    return {
        int(first) + index: float(width)
        for first, run in zip(items[::2], items[1::2], strict=True)
        for index, width in enumerate(run)
    }


def numerals_body() -> str:
    """The HTML whose PDF holds the font for page numbers."""
    return f'<p class="numerals">{_SAMPLE}</p>'


def _ink() -> str:
    value = tokens()["muted"].lstrip("#")
    return " ".join(f"{int(value[start : start + 2], 16) / 255:.3f}" for start in (0, 2, 4))


@dataclass(frozen=True)
class NumberPlace:
    """Where "Page x of y" ends, measured from the lower right corner of what the reader sees."""

    right: float
    """A fraction of the page's width."""
    bottom: float
    """Millimetres."""


class Stamper:
    """Lays frames and page numbers over the pages of one PDF."""

    def __init__(self, pdf: pikepdf.Pdf, numerals: bytes, frame: Callable[[float, float], bytes]) -> None:
        """`frame` draws the one-page PDF for a width and height in points; it is asked once for each size."""
        self.pdf = pdf
        self.numerals = Numerals.embed(pdf, numerals)
        self._draw = frame
        self._frames: dict[tuple[float, float], pikepdf.Object] = {}

    def stamp_all(self, place: NumberPlace) -> int:
        """Stamp every page; the number of pages."""
        total = len(self.pdf.pages)
        for number, page in enumerate(self.pdf.pages, start=1):
            self._stamp(page, f"Page {number} of {total}", place)
        return total

    def _stamp(self, page: pikepdf.Page, text: str, place: NumberPlace) -> None:
        view = View.of(page)
        width, height = (round(side, 1) for side in view.seen)
        resources = own_resources(page)
        resources.Font.CqmsNumerals = self.numerals.font
        resources.XObject.CqmsFrame = self._frame(width, height)
        number = self.numerals.operators(text, width * (1 - place.right), points(place.bottom))
        drawn = f"q {view.matrix()} cm\n/CqmsFrame Do\n{number}\nQ\n"
        page.contents_add(b"q\n", prepend=True)
        page.contents_add(b"\nQ\n" + ARTIFACT + drawn.encode() + b"EMC\n")

    def _frame(self, width: float, height: float) -> pikepdf.Object:
        size = (width, height)
        if size not in self._frames:
            with pikepdf.open(io.BytesIO(self._draw(width, height))) as drawn:
                self._frames[size] = self.pdf.copy_foreign(drawn.pages[0].as_form_xobject())
        return self._frames[size]


def own_resources(page: pikepdf.Page) -> Dictionary:
    """The page's resources as dictionaries no other page shares, with room for ours."""
    resources = _copy(page.get_resources())
    for key in (Name.Font, Name.XObject):
        resources[key] = _copy(resources.get(key))
    page.obj.Resources = resources
    return resources


def _copy(found: object) -> Dictionary:
    return Dictionary(dict(found)) if isinstance(found, Dictionary) else Dictionary()
