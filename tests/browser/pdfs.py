"""What a PDF says, page by page."""

import re
from io import BytesIO

from pypdf import PdfReader

_SPACE = re.compile(r"\s+")


def pages_of(data: bytes) -> list[str]:
    """The text of each page, every run of white space as one blank."""
    return [_SPACE.sub(" ", page.extract_text()) for page in PdfReader(BytesIO(data)).pages]


def outline_of(data: bytes) -> list[str]:
    """The titles of the outline, of every level."""
    return list(_titles(PdfReader(BytesIO(data)).outline))


def _titles(items):
    for item in items:
        if isinstance(item, list):
            yield from _titles(item)
        else:
            yield item.title
