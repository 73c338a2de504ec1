"""Judging an uploaded PDF before it may become a rendition that people sign and print for years.

What cannot be opened, shown or stamped everywhere is refused with one plain sentence for the person who uploaded it:
so is a file that runs something, starts something or carries other files, because what it shows would not be fixed.
"""

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf
from pikepdf import Name

from cqms.reports.paper import millimetres
from cqms.reports.stamps import View

SMALLEST_SIDE, LARGEST_SIDE = 100, 2000
"""Millimetres: from a card that goes into a pocket to a wall chart."""
MOST_PAGES = 3000
MOST_CONTENT = 300_000_000
"""Bytes of all pages' drawing instructions, unpacked."""
MOST_MEMORY = 256_000_000
"""Bytes one packed stream may unpack to, wherever in this process a PDF is read."""
_HEADER_WITHIN = 1024
_DEEPEST = 100
_OFFICE = "This is {kind}, not a PDF. Save it as PDF and upload that file."
_OTHER_TYPES = (
    (b"PK\x03\x04", "a zip or Office file"),
    (b"\xd0\xcf\x11\xe0", "an Office file"),
    (b"{\\rtf", "a text file in RTF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"<", "a web page or XML file"),
)
_ACTIVE_ACTIONS = {
    "/JavaScript": "a script",
    "/Launch": "an action that starts a program",
    "/ImportData": "an action that imports data",
    "/SubmitForm": "an action that sends data",
    "/GoToE": "a link into an embedded file",
    "/Rendition": "sound or film",
    "/Movie": "sound or film",
    "/Sound": "sound or film",
}
_ACTIVE_ANNOTATIONS = {
    "/FileAttachment": "an embedded file",
    "/RichMedia": "sound or film",
    "/Screen": "sound or film",
    "/3D": "a three-dimensional model",
}

_BROKEN = (
    pikepdf.PdfError,
    RecursionError,
    zlib.error,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    OverflowError,
)
"""What a broken file makes qpdf, zlib or our own reading of its numbers and names raise."""

pikepdf.settings.set_qpdf_limits(
    flate_max_memory=MOST_MEMORY,
    png_max_memory=MOST_MEMORY,
    tiff_max_memory=MOST_MEMORY,
    run_length_max_memory=MOST_MEMORY,
    dct_max_memory=MOST_MEMORY,
)


class UnusablePdf(Exception):
    """The file cannot be used as a controlled document; the message is one plain sentence with the cure."""


@dataclass(frozen=True)
class PdfFacts:
    """What is known about a PDF that may be used."""

    pages: int
    width: float
    """Millimetres, of the first page as the reader sees it."""
    height: float
    size: int
    """Bytes."""
    signed: bool
    """Whether the file carries a digital signature; it stays valid in the stored file, not in issued copies."""


def check_uploaded_pdf(data: bytes) -> PdfFacts:
    """The facts of a PDF that can be shown, stamped and printed. Raises UnusablePdf."""
    _check_type(data)
    try:
        with pikepdf.open(io.BytesIO(data), attempt_recovery=False, suppress_warnings=True) as pdf:
            return _check_content(pdf, len(data))
    except pikepdf.PasswordError as error:
        raise UnusablePdf("This PDF asks for a password. Save it without protection and upload it again.") from error
    except _BROKEN as error:
        raise _damaged() from error


def _damaged() -> UnusablePdf:
    return UnusablePdf("This PDF is damaged and cannot be opened safely. Save or print it to a new PDF and try again.")


def _check_type(data: bytes) -> None:
    if not data:
        raise UnusablePdf("This file is empty. Choose the PDF again.")
    beginning = data[:_HEADER_WITHIN].lstrip()
    if beginning.startswith(b"%PDF-"):
        return
    for magic, kind in _OTHER_TYPES:
        if beginning.startswith(magic):
            raise UnusablePdf(_OFFICE.format(kind=kind))
    raise UnusablePdf("This is not a PDF. Save the document as PDF and upload that file.")


def _check_content(pdf: pikepdf.Pdf, size: int) -> PdfFacts:
    if pdf.is_encrypted:
        raise UnusablePdf("This PDF is protected. Save it without protection and upload it again.")
    count = len(pdf.pages)
    if not count:
        raise UnusablePdf("This PDF has no pages.")
    if count > MOST_PAGES:
        raise UnusablePdf(f"This PDF has {count} pages; a document has at most {MOST_PAGES}. Split it.")
    _check_pages(pdf)
    for found in _active_content(pdf):
        raise UnusablePdf(f"This PDF holds {found}. Print it to a new PDF, so that it only shows text and pictures.")
    width, height = View.of(pdf.pages[0]).seen
    return PdfFacts(count, round(millimetres(width), 1), round(millimetres(height), 1), size, _is_signed(pdf))


def _check_pages(pdf: pikepdf.Pdf) -> None:
    budget = MOST_CONTENT
    for number, page in enumerate(pdf.pages, start=1):
        sides = [millimetres(side) for side in View.of(page).seen]
        if min(sides) < SMALLEST_SIDE or max(sides) > LARGEST_SIDE:
            shown = " × ".join(f"{side:.0f}" for side in sides)
            raise UnusablePdf(f"Page {number} measures {shown} mm, which cannot be printed. Change the page size.")
        for stream in _content_streams(page):
            budget -= _unpacked_size(stream, budget)
        if budget <= 0:
            raise UnusablePdf("This PDF unpacks to an unreasonable size. Print it to a new PDF and try again.")
        pikepdf.parse_content_stream(page, "q Q")


def _content_streams(page: pikepdf.Page) -> list[pikepdf.Stream]:
    contents = page.obj.get(Name.Contents)
    if contents is None:
        return []
    found = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    return [stream for stream in found if isinstance(stream, pikepdf.Stream)]


def _unpacked_size(stream: pikepdf.Stream, limit: int) -> int:
    """The unpacked size, at most a little over `limit`: a packed bomb is not unpacked whole. Raises zlib.error."""
    raw = stream.read_raw_bytes()
    if str(stream.get(Name.Filter, "")) != "/FlateDecode":
        return len(raw)
    unpacking, size = zlib.decompressobj(), 0
    while raw and size <= limit and not unpacking.eof:
        size += len(unpacking.decompress(raw, 1 << 20))
        raw = unpacking.unconsumed_tail
    return size


def _active_content(pdf: pikepdf.Pdf) -> Iterator[str]:
    """What the file would do besides showing pages, in words."""
    for item in pdf.objects:
        yield from _active_in(item, 0)


def _active_in(item: pikepdf.Object, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        raise _damaged()
    if isinstance(item, pikepdf.Array):
        for part in item:
            if isinstance(part, pikepdf.Object) and not part.is_indirect:
                yield from _active_in(part, depth + 1)
    elif isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
        yield from _named(item)
        for part in dict(item).values():
            if isinstance(part, pikepdf.Object) and not part.is_indirect:
                yield from _active_in(part, depth + 1)


def _named(item: pikepdf.Object) -> Iterator[str]:
    if Name.JS in item:
        yield "a script"
    if Name.XFA in item:
        yield "a form that changes what it shows (XFA)"
    if Name.EF in item or item.get(Name.Type) == Name.EmbeddedFile:
        yield "an embedded file"
    kinds = ((Name.S, _ACTIVE_ACTIONS), (Name.Subtype, _ACTIVE_ANNOTATIONS))
    for key, meanings in kinds:
        meaning = meanings.get(str(item.get(key, "")))
        if meaning:
            yield meaning


def _is_signed(pdf: pikepdf.Pdf) -> bool:
    form = pdf.Root.get(Name.AcroForm)
    return form is not None and bool(int(form.get(Name.SigFlags, 0)) & 1)
