"""The watermark of an inspection copy: for whom, of which organization, when, and the original's hash, on every page.

It is drawn once for each size of page and laid over what stands there. The original is not touched; a seal inside it
holds for the original only, which is why its SHA-256 stands on the copy.
"""

import io

import pikepdf
from django.template.loader import render_to_string
from django.utils import timezone

from cqms.attachments import marking
from cqms.attachments.kinds import PDF
from cqms.attachments.marking import Mark
from cqms.audit.refusals import Refused
from cqms.organizations.models import Organization
from cqms.organizations.scope import current_organization_id
from cqms.reports.paper import Paper, millimetres
from cqms.reports.rendering import LibrariesMissing, Sheet, render_pdf
from cqms.reports.stamps import ARTIFACT, View, isolate, own_resources


class CannotMark(Refused):
    """The copy cannot be marked, so it is not handed to an inspector."""


def register() -> None:
    """Mark PDFs for inspectors from now on."""
    marking.register(PDF.media_type, mark_pdf)


def mark_pdf(content: bytes, mark: Mark) -> bytes:
    """The PDF with the mark on every page. Raises CannotMark."""
    place = Organization.objects.get(pk=current_organization_id())
    words = {
        "who": f"Inspection copy for {mark.reader}",
        "where": str(place),
        "at": f"{timezone.now():%Y-%m-%d %H:%M} UTC",
        "sha256": mark.sha256,
    }
    try:
        return _laid_over(content, words)
    except (pikepdf.PdfError, LibrariesMissing) as error:
        raise CannotMark("This file cannot be marked as inspection copy just now, so it is not shown.") from error


def _laid_over(content: bytes, words: dict[str, str]) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        drawn: dict[tuple[float, float], pikepdf.Object] = {}
        for page in pdf.pages:
            isolate(page)
            view = View.of(page)
            size = (round(view.seen[0], 1), round(view.seen[1], 1))
            if size not in drawn:
                drawn[size] = _frame(pdf, size, words)
            own_resources(page).XObject.CqmsInspection = drawn[size]
            over = f"\nq {view.matrix()} cm\n/CqmsInspection Do\nQ\n"
            page.contents_add(b"\n" + ARTIFACT + over.encode() + b"EMC\n")
        saved = io.BytesIO()
        pdf.save(saved, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return saved.getvalue()


def _frame(pdf: pikepdf.Pdf, size: tuple[float, float], words: dict[str, str]) -> pikepdf.Object:
    paper = Paper("inspection", *map(millimetres, size))
    body = render_to_string("pdf/inspection.html", words)
    sheet = Sheet("inspection", ("paper.css", "inspection.css"), paper)
    with pikepdf.open(io.BytesIO(render_pdf(body, sheet, tagged=False))) as one:
        return pdf.copy_foreign(one.pages[0].as_form_xobject())
