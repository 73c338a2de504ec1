"""Reading process deviations by what they deviate from."""

from typing import Any

from django.db.models import QuerySet

from cqms.accounts.models import User
from cqms.audit.models import Lane
from documents.models import Document, Version
from documents.selectors import versions_for
from quality_events.process_deviations.models import CONTROLLED, ProcessDeviation


def versions_offered(reader: User) -> QuerySet[Version]:
    """The versions somebody had to follow, as far as they exist for the reader; the newest of each document first."""
    rows = versions_for(reader).filter(state__in=CONTROLLED, document__lane=Lane.GENERAL)
    return rows.order_by("document__number", "-major", "-minor")


def naming(record: Any) -> QuerySet[ProcessDeviation]:
    """The deviations from any version of a document."""
    rows: QuerySet[ProcessDeviation] = ProcessDeviation.objects.all()
    return rows.filter(version__document=record) if isinstance(record, Document) else rows.none()


def document_of(deviation: ProcessDeviation) -> Document | None:
    """What it deviates from, where a document describes it."""
    return deviation.version.document if deviation.version else None
