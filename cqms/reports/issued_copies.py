"""Issued copies: a signed rendition with the facts that change after signing, and its signature page.

The rendition's bytes are what the signatures cover and are never changed. The copy made of them carries number,
version, state and effective date and "Page x of y" at the foot of every page, of whatever size or rotation, and ends
with the signatures. Nothing on a page is covered: a page without a free foot is made higher.
"""

import io
from dataclasses import dataclass
from functools import partial

import pikepdf
from django.template.loader import render_to_string
from pikepdf import Name

from cqms.reports.manifestations import SignatureBlock
from cqms.reports.paper import A4, LETTER, Paper, millimetres, points
from cqms.reports.rendering import Sheet, render_pdf
from cqms.reports.renditions import has_free_band
from cqms.reports.stamps import NumberPlace, Stamper, View, add_band, isolate, numerals_body
from cqms.reports.structure import append_pages

BAND = 13.0
"""Millimetres at the foot of a page that belong to the stamp."""
STAMP_PLACE = NumberPlace(right=0.095, bottom=3.65)


@dataclass(frozen=True)
class Stamp:
    """What is printed at the foot of every page of an issued copy."""

    number: str
    version: str
    state: str
    """In words: "Effective"."""
    effective: str
    """The effective date in words: "Effective since 1 Nov 2026", "Not effective yet"."""
    note: str = ""
    """A second line: who had the copy made, when, and what it may be used for."""


@dataclass(frozen=True)
class SignaturePage:
    """What is appended to a rendition."""

    title: str
    """Number, version and title of the document."""
    organization: str
    signatures: tuple[SignatureBlock, ...]
    facts: tuple[tuple[str, str], ...] = ()
    """Label and value: hashes of source and rendition, when and by whom the copy was made."""
    changes_since: tuple[str, ...] = ()
    """What changed since signing, one sentence each; empty when nothing did."""


def issued_copy(rendition: bytes, stamp: Stamp, signature_page: SignaturePage) -> bytes:
    """The rendition with its signature page and the stamp on every page; the same bytes for the same input.

    Raises LibrariesMissing. The rendition is one of ours or a file that passed `check_uploaded_pdf`.
    """
    with pikepdf.open(io.BytesIO(rendition)) as pdf:
        if not has_free_band(pdf):
            for page in pdf.pages:
                isolate(page)
                add_band(page, points(BAND))
        with pikepdf.open(io.BytesIO(_signature_pages(signature_page, _paper_of(pdf)))) as signatures:
            append_pages(pdf, signatures)
        stamper = Stamper(pdf, _numerals(), partial(_stamp_frame, stamp))
        stamper.stamp_all(STAMP_PLACE)
        pdf.docinfo[Name.Title] = signature_page.title
        saved = io.BytesIO()
        pdf.save(saved, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return saved.getvalue()


def _paper_of(pdf: pikepdf.Pdf) -> Paper:
    """The paper of the signature page: Letter beside Letter, A4 beside everything else."""
    width, _height = View.of(pdf.pages[0]).seen
    return LETTER if abs(millimetres(width) - LETTER.width) < 1 else A4


def _signature_pages(page: SignaturePage, paper: Paper) -> bytes:
    body = render_to_string("pdf/signature_page.html", {"page": page})
    sheet = Sheet(f"Signatures of {page.title}", ("paper.css", "signature_page.css"), paper)
    return render_pdf(body, sheet)


def _stamp_frame(stamp: Stamp, width: float, height: float) -> bytes:
    paper = Paper("stamp", millimetres(width), millimetres(height))
    body = render_to_string("pdf/stamp.html", {"stamp": stamp})
    return render_pdf(body, Sheet("stamp", ("paper.css", "frame.css"), paper), tagged=False)


def _numerals() -> bytes:
    return render_pdf(numerals_body(), Sheet("numerals"), tagged=False)
