"""The rendition of a controlled document written in Markdown: what its signers see and what their signatures cover.

It carries number, version and title on every page. State and effective date change after signing, so they are not in
it: an issued copy adds them (`issued_copies`), in the band this rendition leaves free at the foot of each page.
"""

import io
from dataclasses import dataclass
from datetime import datetime

import pikepdf
from django.template.loader import render_to_string
from pikepdf import Dictionary, Name

from cqms.reports.glyphs import breakable_html, visible
from cqms.reports.markdown_text import MarkdownProblem, markdown_to_html
from cqms.reports.paper import A4, Paper
from cqms.reports.rendering import Sheet, css_string, render_pdf

_RUNNING_LENGTH = 160


class UnusableMarkdown(ValueError):
    """The Markdown holds what a rendition cannot show; `problems` says where and what."""

    def __init__(self, problems: list[MarkdownProblem]) -> None:
        super().__init__(" ".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class DocumentFacts:
    """What stands on the cover and in the running header of a rendition."""

    number: str
    title: str
    version: str
    kind: str
    """The document's type in words: "Standard operating procedure"."""
    owner: str
    organization: str
    more: tuple[tuple[str, str], ...] = ()
    """Further cover facts, label and value."""
    created: datetime | None = None
    """When this version was made, for the file's own properties."""

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """The cover facts in reading order."""
        own = (("Number", self.number), ("Version", self.version), ("Type", self.kind), ("Owner", self.owner))
        return (*own, ("Organization", self.organization), *self.more)

    @property
    def running(self) -> str:
        """The running header."""
        return f"{self.number} · Version {self.version} · {self.title}"


def rendition_from_markdown(markdown: str, facts: DocumentFacts, *, paper: Paper = A4) -> bytes:
    """The PDF of a controlled document; the same bytes for the same text and facts.

    Raises UnusableMarkdown, LibrariesMissing.
    """
    html, problems = markdown_to_html(markdown)
    if problems:
        raise UnusableMarkdown(problems)
    body = render_to_string("pdf/rendition.html", {"facts": facts, "text": breakable_html(html)})
    title = f"{facts.number} version {facts.version}: {facts.title}"
    styles = ("paper.css", "rendition.css")
    sheet = Sheet(title, styles, paper, facts.organization, facts.created, _running_header(facts))
    return _mark_free_band(render_pdf(body, sheet))


def _running_header(facts: DocumentFacts) -> str:
    left, right = css_string(_short(facts.running)), css_string(_short(facts.organization))
    return f"@page {{ @top-left {{ content: {left} }} @top-right {{ content: {right} }} }}"


def _short(text: str) -> str:
    """What fits above a page; the cover holds all of it."""
    return visible(text[:_RUNNING_LENGTH]) + (" …" if len(text) > _RUNNING_LENGTH else "")


def _mark_free_band(data: bytes) -> bytes:
    """Note in the file that the foot of each page is free for the stamp (a page-piece dictionary, ISO 32000, 14.5)."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.Root.PieceInfo = Dictionary(Cqms=Dictionary(Private=Dictionary(FreeBand=True)))
        saved = io.BytesIO()
        pdf.save(saved, deterministic_id=True)
    return saved.getvalue()


def has_free_band(pdf: pikepdf.Pdf) -> bool:
    """Whether the file is a rendition of ours whose pages leave the foot free."""
    piece = pdf.Root.get(Name.PieceInfo)
    try:
        return bool(piece.Cqms.Private.FreeBand) if piece is not None else False
    except (AttributeError, KeyError, TypeError):
        return False
