"""Reading process deviations by what they deviate from."""

from typing import Any

from django.db.models import Q, QuerySet

from cqms.accounts.models import User
from cqms.audit.models import Lane
from documents.models import Document, Version
from documents.selectors import versions_for
from quality_events.process_deviations.models import CONTROLLED, ProcessDeviation
from quality_events.selectors import events_for


def versions_offered(reader: User, kept: int | None = None) -> QuerySet[Version]:
    """The versions somebody had to follow, as far as they exist for the reader; the newest of each document first.

    `kept` is one that is named already, whatever became of it.
    """
    rows = versions_for(reader).filter(Q(state__in=CONTROLLED, document__lane=Lane.GENERAL) | Q(pk=kept))
    return rows.order_by("document__number", "-major", "-minor")


def naming(record: Any) -> QuerySet[ProcessDeviation]:
    """The deviations from any version of a document."""
    rows: QuerySet[ProcessDeviation] = ProcessDeviation.objects.all()
    return rows.filter(version__document=record) if isinstance(record, Document) else rows.none()


def deviations_from(document: Document, reader: User) -> QuerySet[ProcessDeviation]:
    """The deviations from any version of a document that exist for the reader, the newest first."""
    return events_for(ProcessDeviation, reader).filter(version__document=document).order_by("-pk")


def document_of(deviation: ProcessDeviation) -> Document | None:
    """What it deviates from, where a document describes it."""
    return deviation.version.document if deviation.version else None
