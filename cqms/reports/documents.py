"""The door for controlled documents: from Markdown or an uploaded PDF to a rendition, and from it to issued copies."""

from cqms.reports.issued_copies import SignaturePage, Stamp, issued_copy
from cqms.reports.manifestations import SignatureBlock
from cqms.reports.markdown_text import MarkdownProblem, markdown_to_html
from cqms.reports.renditions import DocumentFacts, UnusableMarkdown, rendition_from_markdown
from cqms.reports.uploads import PdfFacts, UnusablePdf, check_uploaded_pdf

__all__ = [
    "DocumentFacts",
    "MarkdownProblem",
    "PdfFacts",
    "SignatureBlock",
    "SignaturePage",
    "Stamp",
    "UnusableMarkdown",
    "UnusablePdf",
    "check_uploaded_pdf",
    "issued_copy",
    "markdown_to_html",
    "rendition_from_markdown",
]
