"""The audit trail as PDF: what it is, who did what when and why, and what proves that nothing is missing.

A trail of any length is drawn in chunks of 500 entries. A short one flows on as a single document. Its content hash
covers the entries' canonical lines and is printed in it; the hash of the file can only stand outside and is returned.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from django.template.loader import render_to_string

from cqms.reports.chunks import Drawers, Part
from cqms.reports.merging import Properties, merge
from cqms.reports.moments import both_words
from cqms.reports.paper import A4, Paper
from cqms.reports.rendering import Sheet, page_html
from cqms.reports.stamps import numerals_body
from cqms.reports.trail_entries import TrailEntry, canonical_line, entries_html

CHUNK = 500
MOST_TAGGED = 10_000
"""Entries: the structure of a tagged file is held in memory as a whole, 10 MB for 1,000 of them."""
_FILTER_IN_FOOTER = 105
_READ_BLOCK = 1 << 20
SEALED_WITH = "PDF sealed with certificate"
"""The words under which every file of an export names the certificate; the Python verifier looks for them."""


@dataclass(frozen=True)
class TrailDocument:
    """What an export of a trail says about itself."""

    organization: str
    subject: str
    """What the trail is of: "SOP-QA-001 Handling of serious breaches" or the organization's name."""
    filter_statement: str
    """In words: period, people, kinds of entry, order."""
    period: str
    """In words: "3 Aug to 31 Aug 2026 in UTC"."""
    exported_by: str
    exported_at: datetime
    """An aware moment."""
    exported_zone: str
    """IANA name."""
    portal_version: str
    verification: str
    """One sentence: what was checked before the export, and what it gave."""
    entries_in_all: int | None = None
    """How many entries the subject has without the filter, when that is known."""
    number: str = ""
    """The export's own number, when it has one."""
    paper: Paper = A4
    tagged: bool = True
    """Whether the pages carry the structure that screen readers follow."""
    seal: tuple[tuple[str, str], ...] = ()
    """Labels with what is said of the seal; empty for a trail that carries no proof."""
    certificate: str = ""
    """The fingerprint of the certificate with which the PDF is sealed; blank where there is no PDF."""

    @property
    def about(self) -> tuple[tuple[str, str], ...]:
        """What every file of the export says of itself."""
        return (
            ("Organization", self.organization),
            ("Trail of", self.subject),
            *([("Export", self.number)] if self.number else []),
            ("Filter", self.filter_statement),
            ("Period", self.period),
            ("Exported by", self.exported),
            ("Guards", self.verification),
            ("Portal version", self.portal_version),
            *([(SEALED_WITH, self.certificate)] if self.certificate else []),
        )

    @property
    def title(self) -> str:
        """The title of the file."""
        return f"Audit trail of {self.subject}"

    @property
    def exported(self) -> str:
        """By whom and when, in UTC and the exporter's zone."""
        return f"{self.exported_by}, {both_words(self.exported_at, self.exported_zone)}"


@dataclass(frozen=True)
class Counted:
    """What is known of a trail that was read."""

    entries: int
    content_sha256: str
    """Of the canonical lines; printed in the PDF."""
    pages: int = 0


@dataclass(frozen=True)
class DrawnTrail(Counted):
    """A finished trail on paper."""

    path: Path = field(kw_only=True)
    size: int = field(kw_only=True)
    """Bytes."""
    file_sha256: str = field(kw_only=True)


@dataclass
class _Tally:
    """What is learned about the entries while they pass by."""

    entries: int = 0
    zones: set[str] = field(default_factory=set)
    content: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def add(self, entries: list[TrailEntry]) -> None:
        self.entries += len(entries)
        for entry in entries:
            self.zones.add(entry.zone)
            self.content.update(canonical_line(entry))


class _Drawing:
    """One trail on its way to paper."""

    def __init__(self, document: TrailDocument, folder: Path, drawers: Drawers) -> None:
        self.document = document
        self.folder = folder
        self.drawers = drawers
        self.tally = _Tally()

    def page(self, body: str, *styles: str) -> str:
        sheet = Sheet(self.document.title, ("paper.css", *styles), self.document.paper)
        return page_html(body, sheet)

    def chunk_pages(self, entries: Iterator[TrailEntry]) -> Iterator[tuple[str, str]]:
        """The chunks as they are needed; a trail of one chunk is a single page flow with its first and last words."""
        chunk = list(islice(entries, CHUNK))
        number = 0
        while chunk:
            following = list(islice(entries, CHUNK))
            first = self.tally.entries + 1
            self.tally.add(chunk)
            body = entries_html(chunk, first)
            if number == 0 and not following:
                body = self.opening() + body + self.closing()
            yield f"entries-{number:06}", self.page(body, "trail.css")
            number, chunk = number + 1, following
        if number == 0:
            yield "entries-000000", self.page(self.opening() + self.closing(), "trail.css")

    def opening(self) -> str:
        return render_to_string("pdf/trail_opening.html", self.facts())

    def closing(self) -> str:
        return render_to_string("pdf/trail_closing.html", self.facts())

    def facts(self) -> dict[str, object]:
        digest = self.tally.content.hexdigest()
        zones = ", ".join(sorted(self.tally.zones))
        shown = {"document": self.document, "entries": self.tally.entries, "zones": zones}
        return {**shown, "digest": digest}

    def frame(self) -> str:
        statement = self.document.filter_statement
        if len(statement) > _FILTER_IN_FOOTER:
            statement = statement[:_FILTER_IN_FOOTER].rstrip() + " …"
        body = render_to_string("pdf/trail_frame.html", {**self.facts(), "filter": statement})
        return self.page(body, "frame.css")

    def surroundings(self) -> Iterator[tuple[str, str]]:
        """What is drawn once the entries are counted and hashed."""
        yield "opening", self.page(self.opening(), "trail.css")
        yield "closing", self.page(self.closing(), "trail.css")

    def stamps(self) -> Iterator[tuple[str, str]]:
        """What is laid over every page; it is no part of what a screen reader reads."""
        yield "frame", self.frame()
        yield "numerals", self.page(numerals_body())

    def draw(self, entries: Iterable[TrailEntry], progress: Callable[[int], None]) -> dict[str, Part]:
        parts: dict[str, Part] = {}
        for part in self.drawers.draw(self.chunk_pages(iter(entries)), tagged=self.document.tagged):
            parts[part.name] = part
            progress(min(len(parts) * CHUNK, self.tally.entries))
        around = self.surroundings() if len(parts) > 1 else iter(())
        for drawn in (
            self.drawers.draw(around, tagged=self.document.tagged),
            self.drawers.draw(self.stamps(), tagged=False),
        ):
            parts |= {part.name: part for part in drawn}
        return parts


def render_trail(
    document: TrailDocument,
    entries: Iterable[TrailEntry],
    target: Path,
    *,
    processes: int = 2,
    progress: Callable[[int], None] = lambda _drawn: None,
    attachment: Callable[[], Path] | None = None,
) -> DrawnTrail:
    """Draw the trail of `entries`, in their order, to `target`. `progress` hears how many entries are drawn.

    `entries` is read once, 500 at a time, so it may come straight from a cursor. `attachment` is asked for a file once
    all of them are read; the PDF carries it. The same input gives the same bytes. Temporary files lie in a folder
    beside `target`. Raises LibrariesMissing, DrawingFailed.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="trail-", dir=target.parent)))
        drawing = _Drawing(document, folder, stack.enter_context(Drawers(folder, processes)))
        parts = drawing.draw(entries, progress)
        frame, numerals = (parts.pop(name).path.read_bytes() for name in ("frame", "numerals"))
        properties = Properties(document.title, document.exported_by, document.exported_at)
        attached = attachment() if attachment else None
        pages = merge(_in_order(parts), target, properties, frame, numerals, attached)
    counted, size = drawing.tally, target.stat().st_size
    return DrawnTrail(
        counted.entries, counted.content.hexdigest(), pages, path=target, size=size, file_sha256=_file_sha256(target)
    )


def count_trail(entries: Iterable[TrailEntry]) -> Counted:
    """Read a trail without drawing it."""
    tally = _Tally()
    for entry in entries:
        tally.add([entry])
    return Counted(tally.entries, tally.content.hexdigest())


def _in_order(parts: dict[str, Part]) -> list[Part]:
    opening, closing = parts.pop("opening", None), parts.pop("closing", None)
    chunks = [parts[name] for name in sorted(parts)]
    return [part for part in (opening, *chunks, closing) if part]


def _file_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_READ_BLOCK):
            digest.update(block)
    return digest.hexdigest()
