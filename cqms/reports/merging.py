"""Joining drawn parts to one PDF/A-3 with one outline, a frame and "Page x of y" on every page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
from pikepdf import Name, OutlineItem

from cqms.reports.chunks import Part
from cqms.reports.pdf_a import attach_source, make_archival
from cqms.reports.stamps import NumberPlace, Stamper
from cqms.reports.structure import append_pages

_NUMBER_PLACE = NumberPlace(right=0.071, bottom=9)
GROUP = "\t"
"""In a bookmark's label it parts the upper entry of the outline from the lower one."""


@dataclass(frozen=True)
class Properties:
    """What the file says about itself."""

    title: str
    author: str
    created: datetime
    """An aware moment."""


def merge(
    parts: Sequence[Part],
    target: Path,
    properties: Properties,
    frame: bytes,
    numerals: bytes,
    attached: Path | None = None,
) -> int:
    """Write the parts in their order to `target`; the number of pages. Equal input gives equal bytes.

    `attached` is the JSON that the pages were made from.
    """
    first, *others = parts
    with pikepdf.open(first.path) as pdf:
        for part in others:
            with pikepdf.open(part.path, access_mode=pikepdf.AccessMode.stream) as source:
                append_pages(pdf, source)
        pages = Stamper(pdf, numerals, lambda _width, _height: frame).stamp_all(_NUMBER_PLACE)
        _write_outline(pdf, _bookmarks(parts))
        _write_properties(pdf, properties)
        make_archival(pdf, properties.title, properties.author, properties.created)
        if attached:
            description = "Every entry with its proof, to be checked without the portal"
            attach_source(pdf, attached, description=description, created=properties.created)
        mode = pikepdf.ObjectStreamMode.generate
        pdf.save(target, min_version="1.7", object_stream_mode=mode, compress_streams=True, deterministic_id=True)
    return pages


def _bookmarks(parts: Iterable[Part]) -> Iterable[tuple[str, int]]:
    first = 0
    for part in parts:
        for label, page in part.bookmarks:
            yield label, first + page
        first += part.pages


def _write_outline(pdf: pikepdf.Pdf, bookmarks: Iterable[tuple[str, int]]) -> None:
    with pdf.open_outline() as outline:
        outline.root.clear()
        for label, page in bookmarks:
            upper, _, lower = label.partition(GROUP)
            if not lower or not outline.root or outline.root[-1].title != upper:
                outline.root.append(OutlineItem(upper, page))
            if lower:
                outline.root[-1].children.append(OutlineItem(lower, page))


def _write_properties(pdf: pikepdf.Pdf, properties: Properties) -> None:
    if Name.Producer in pdf.docinfo:
        del pdf.docinfo[Name.Producer]  # it is the first part's; metadata and this must say the same (PDF/A)
    moment = f"D:{properties.created.astimezone(UTC):%Y%m%d%H%M%S}Z"
    pdf.docinfo[Name.Title] = properties.title
    pdf.docinfo[Name.Author] = properties.author
    pdf.docinfo[Name.CreationDate] = moment
    pdf.docinfo[Name.ModDate] = moment
    pdf.Root.Lang = "en"
    pdf.Root.PageMode = Name.UseOutlines
    pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
