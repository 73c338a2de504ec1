"""From HTML to PDF with WeasyPrint: no network, no files, the same bytes for the same input.

WeasyPrint is imported only when something is drawn, because its system libraries may be missing: the portal then runs
all the same, and a report says in one sentence what to install.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from django.utils.html import escape

from cqms.reports.palette import stylesheet
from cqms.reports.paper import A4, Paper

SYSTEM_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")


class LibrariesMissing(RuntimeError):
    """The system libraries WeasyPrint draws with are not installed; the message is the cure in one sentence."""


class AddressRefused(ValueError):
    """The HTML asked for a file or a network address. Everything a PDF shows must be in its HTML."""


@dataclass(frozen=True)
class Sheet:
    """What surrounds the body of one drawn document."""

    title: str
    styles: Sequence[str] = ("paper.css",)
    """Files of `templates/pdf/`."""
    paper: Paper = A4
    author: str = ""
    created: datetime | None = None
    """An aware moment; without it the file names no date, so that it comes out the same whenever it is drawn."""
    css: str = ""
    """Rules of this one document, after those of `styles`."""


def css_string(text: str) -> str:
    """The text as a string of CSS that may stand inside a style element."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("<", "\\3c ").replace("\n", " ")
    return f'"{escaped}"'


def load_engine() -> ModuleType:
    """The WeasyPrint module. Raises LibrariesMissing."""
    try:
        import weasyprint  # noqa: PLC0415 – see the module's docstring
    except OSError as error:
        packages = " ".join(SYSTEM_PACKAGES)
        raise LibrariesMissing(f"PDF files need system libraries: run apt-get install -y {packages}") from error
    return weasyprint


def page_html(body: str, sheet: Sheet) -> str:
    """The complete HTML document for `body`, which must already be safe HTML. It refers to nothing outside itself."""
    size = f"@page {{ size: {sheet.paper.width}mm {sheet.paper.height}mm }}"
    css = "\n".join([*(stylesheet(name) for name in sheet.styles), size, sheet.css])
    metas = [f'<meta name="author" content="{escape(sheet.author)}">'] if sheet.author else []
    if sheet.created:
        moment = sheet.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        metas.append(f'<meta name="dcterms.created" content="{moment}">')
    head = f'<meta charset="utf-8"><title>{escape(sheet.title)}</title>{"".join(metas)}<style>{css}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'


def lay_out(html: str) -> Any:
    """The WeasyPrint document of a complete HTML page. Raises LibrariesMissing, AddressRefused."""
    engine = load_engine()
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    fetcher = URLFetcher(allowed_protocols=("data",), fail_on_errors=True)
    with _fetching_refused():
        return engine.HTML(string=html, url_fetcher=fetcher).render()


def write(document: Any, html: str, *, tagged: bool, compressed: bool = True) -> bytes:
    """The PDF of a laid-out document; its identifier is taken from the HTML, so equal input gives equal bytes.

    Raises AddressRefused.
    """
    identifier = hashlib.sha256(html.encode("utf-8", "surrogatepass")).hexdigest()[:32].encode()
    with _fetching_refused():
        data: bytes = document.write_pdf(pdf_identifier=identifier, pdf_tags=tagged, uncompressed_pdf=not compressed)
    return data


@contextmanager
def _fetching_refused() -> Iterator[None]:
    """Turn the engine's error, which is no Exception and would end a worker, into ours."""
    from weasyprint.urls import FatalURLFetchingError  # noqa: PLC0415

    try:
        yield
    except FatalURLFetchingError as error:
        raise AddressRefused("A PDF holds only what its own text holds; it fetches nothing.") from error


def render_pdf(body: str, sheet: Sheet, *, tagged: bool = True) -> bytes:
    """The PDF of `body` (safe HTML) on `sheet`. `tagged` adds the structure that screen readers follow.

    Raises LibrariesMissing, AddressRefused.
    """
    html = page_html(body, sheet)
    return write(lay_out(html), html, tagged=tagged)
