"""Reading PDFs back in tests: their words, their colours, and what a printer would put on paper."""

import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pypdf
import pytest
from PIL import Image, ImageChops


def texts(data: bytes) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


def squeezed(text: str) -> str:
    """Without any white space, because lines break where they like."""
    return re.sub(r"\s+", "", text)


def whole_text(data: bytes) -> str:
    return squeezed("".join(texts(data)))


def outline(data: bytes) -> list[tuple[str, int, list[tuple[str, int]]]]:
    """Upper entries with page (from 1) and their lower entries."""
    with pikepdf.open(io.BytesIO(data)) as pdf, pdf.open_outline() as found:
        pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages, start=1)}

        def place(item: pikepdf.OutlineItem) -> int:
            return pages[item.destination[0].objgen]

        return [(item.title, place(item), [(kid.title, place(kid)) for kid in item.children]) for item in found.root]


def colours(data: bytes) -> set[str]:
    """Every colour the pages and what they share paint with, as #rrggbb."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return {colour for stream in _drawings(pdf) for colour in _colours_of(stream)}


def _drawings(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    for page in pdf.pages:
        yield page
        yield from (form for form in page.get_resources().get("/XObject", {}).values() if form.Subtype == "/Form")


def _colours_of(stream: pikepdf.Object) -> Iterator[str]:
    for instruction in pikepdf.parse_content_stream(stream, "rg RG g G scn SCN"):
        numbers = [float(value) for value in instruction.operands]
        if len(numbers) == 1:
            numbers *= 3
        yield "#" + "".join(f"{round(value * 255):02x}" for value in numbers[:3])


def pictures(data: bytes, folder: Path, dots: int = 50) -> list[Image.Image]:
    """Each page as poppler draws it; skips, saying why, where poppler is missing."""
    program = shutil.which("pdftoppm")
    if program is None:
        pytest.skip("pdftoppm is missing: apt-get install -y poppler-utils")
    source = folder / "drawn.pdf"
    source.write_bytes(data)
    subprocess.run([program, "-cropbox", "-r", str(dots), "-png", source, folder / "page"], check=True)
    return [Image.open(path).convert("RGB") for path in sorted(folder.glob("page-*.png"))]


def ink(picture: Image.Image) -> tuple[int, int, int, int] | None:
    """The box that holds everything that is not white."""
    return ImageChops.invert(picture).convert("L").point(lambda value: 255 if value > 12 else 0).getbbox()
