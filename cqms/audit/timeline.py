"""Choosing entries of the timeline: by record, anchor, person, kind and period."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from cqms.audit.models import AuditEvent, kind_of
from cqms.organizations.models import TrackedModel


@dataclass(frozen=True)
class Selection:
    """Which entries are meant; what is None or empty does not narrow.

    `subject` is the record on whose page the entries are told; of a record that anchors others (a study) it means
    everything below it as well. `kinds` are kinds of records (`documents.version`) or of acts (`approve`). `start`
    and `end` are aware moments, `end` not included.
    """

    subject: TrackedModel | None = None
    person_id: int | None = None
    kinds: Sequence[str] = ()
    start: dt.datetime | None = None
    end: dt.datetime | None = None

    def events(self) -> QuerySet[AuditEvent]:
        """The entries of the open organization that are meant, in no order."""
        rows: QuerySet[AuditEvent] = AuditEvent.objects.all()
        if self.subject is not None:
            rows = rows.filter(_told_of(self.subject))
        if self.person_id is not None:
            rows = rows.filter(actor_id=self.person_id)
        if self.start is not None:
            rows = rows.filter(at__gte=self.start)
        if self.end is not None:
            rows = rows.filter(at__lt=self.end)
        return rows.filter(_of_kinds(self.kinds))


def _told_of(record: TrackedModel) -> Q:
    kind = kind_of(record)
    told = Q(subject_kind=kind, subject_id=record.pk)
    return told | Q(anchor_kind=kind, anchor_id=record.pk) if kind in record.anchors() else told


def _of_kinds(kinds: Sequence[str]) -> Q:
    """Kinds of records have a dot in their name, kinds of acts have none."""
    records = [kind for kind in kinds if "." in kind]
    verbs = [kind for kind in kinds if "." not in kind]
    return (Q(record_kind__in=records) if records else Q()) & (Q(verb__in=verbs) if verbs else Q())
