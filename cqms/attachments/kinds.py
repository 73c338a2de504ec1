"""Kinds of files, recognized by their content and never by their name alone."""

import codecs
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

_PDF_HEADER_WITHIN = 1024
_BLOCK = 1 << 20
_TEXT_CONTROLS = frozenset("\t\n\r\f")


@dataclass(frozen=True)
class FileKind:
    """A kind of file: its name in a sentence, its media type, its endings, and how its content is told."""

    label: str
    media_type: str
    suffixes: tuple[str, ...]
    matches: Callable[[BinaryIO], bool]

    def __str__(self) -> str:
        return f"{self.label} ({', '.join(self.suffixes)})"


def accepted(kinds: Sequence[FileKind]) -> str:
    """What a browser offers to choose from. Any picture among them, so that a phone offers its camera, too."""
    pictures = ["image/*"] if any(kind.media_type.startswith("image/") for kind in kinds) else []
    return ",".join([*pictures, *(suffix for kind in kinds for suffix in kind.suffixes)])


def _begins_with(*magic: bytes) -> Callable[[BinaryIO], bool]:
    return lambda file: file.read(16).startswith(magic)


def _is_pdf(file: BinaryIO) -> bool:
    return b"%PDF-" in file.read(_PDF_HEADER_WITHIN)


def _is_text(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in iter(lambda: file.read(_BLOCK), b""):
            if _has_controls(decoder.decode(block)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _has_controls(text: str) -> bool:
    return any(char < " " and char not in _TEXT_CONTROLS for char in set(text))


def _holds(part: str) -> Callable[[BinaryIO], bool]:
    """Whether the file is an Office package with that part; only its table of contents is read."""

    def matches(file: BinaryIO) -> bool:
        try:
            with zipfile.ZipFile(file) as package:
                return {"[Content_Types].xml", part} <= set(package.namelist())
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            return False

    return matches


_OFFICE = "application/vnd.openxmlformats-officedocument."
PDF = FileKind("PDF", "application/pdf", (".pdf",), _is_pdf)
MARKDOWN = FileKind("Markdown text", "text/markdown", (".md", ".markdown"), _is_text)
TEXT = FileKind("plain text", "text/plain", (".txt",), _is_text)
JSON = FileKind("JSON file", "application/json", (".json",), _is_text)
PNG = FileKind("PNG picture", "image/png", (".png",), _begins_with(b"\x89PNG\r\n\x1a\n"))
JPEG = FileKind("JPEG picture", "image/jpeg", (".jpg", ".jpeg"), _begins_with(b"\xff\xd8\xff"))
WORD = FileKind("Word document", f"{_OFFICE}wordprocessingml.document", (".docx",), _holds("word/document.xml"))
EXCEL = FileKind("Excel workbook", f"{_OFFICE}spreadsheetml.sheet", (".xlsx",), _holds("xl/workbook.xml"))

JSON = FileKind("JSON", "application/json", (".json",), _is_text)
CSV = FileKind("comma-separated values", "text/csv", (".csv",), _is_text)
ZIP = FileKind("ZIP archive", "application/zip", (".zip",), zipfile.is_zipfile)

KINDS = (PDF, MARKDOWN, TEXT, JSON, PNG, JPEG, WORD, EXCEL)

_MAGIC = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "zip or Office file"),
    (b"\xd0\xcf\x11\xe0", "file of an old Office version"),
    (b"\x89PNG", "PNG picture"),
    (b"\xff\xd8\xff", "JPEG picture"),
    (b"GIF8", "GIF picture"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"{\\rtf", "RTF text"),
    (b"<", "web page or XML file"),
)


def look_of(head: bytes) -> str:
    """What content that begins like this seems to be, in words; blank when nothing is known."""
    return next((words for magic, words in _MAGIC if head.lstrip().startswith(magic)), "")
