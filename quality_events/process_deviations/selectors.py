"""Reading process deviations by what they deviate from."""

from typing import Any

from django.db.models import QuerySet

from documents.models import Document
from quality_events.process_deviations.models import ProcessDeviation


def naming(record: Any) -> QuerySet[ProcessDeviation]:
    """The deviations from any version of a document."""
    rows: QuerySet[ProcessDeviation] = ProcessDeviation.objects.all()
    return rows.filter(version__document=record) if isinstance(record, Document) else rows.none()


def document_of(deviation: ProcessDeviation) -> Document | None:
    """What it deviates from, where a document describes it."""
    return deviation.version.document if deviation.version else None
