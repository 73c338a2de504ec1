"""Choosing entries of the timeline: by record, anchor, person, kind, field and period; and paging through them."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from django.apps import apps
from django.db.models import Q, QuerySet

from cqms.audit.guard import tracked_models
from cqms.audit.models import ONLY_READ, AuditEvent, kind_of
from cqms.organizations.models import TrackedModel


@dataclass(frozen=True)
class Selection:
    """Which entries are meant; what is None or empty does not narrow.

    `subject` is the record on whose page the entries are told; of a record that anchors others (a study) it means
    everything below it as well. `kinds` are kinds of records (`documents.version`) or of acts (`approve`). `start`
    and `end` are aware moments, `end` not included. `anchors` are places below which it happened (model label → id),
    `changed` is the name of a field that changed; `only_changes` leaves out what was only read.
    """

    subject: TrackedModel | None = None
    person_id: int | None = None
    kinds: Sequence[str] = ()
    start: dt.datetime | None = None
    end: dt.datetime | None = None
    anchors: Mapping[str, int] = field(default_factory=dict)
    changed: str = ""
    only_changes: bool = False

    def events(self, among: QuerySet[AuditEvent] | None = None) -> QuerySet[AuditEvent]:
        """The entries that are meant, in no order: of the open organization, or `among` those given."""
        rows: QuerySet[AuditEvent] = AuditEvent.objects.all() if among is None else among
        if self.subject is not None:
            rows = rows.filter(_told_of(self.subject))
        if self.person_id is not None:
            rows = rows.filter(actor_id=self.person_id)
        if self.start is not None:
            rows = rows.filter(at__gte=self.start)
        if self.end is not None:
            rows = rows.filter(at__lt=self.end)
        for kind, pk in self.anchors.items():
            rows = rows.filter(anchor_kind=kind, anchor_id=pk)
        if self.changed:
            rows = rows.filter(changes__contains=[{"field": self.changed}])
        if self.only_changes:
            rows = rows.exclude(verb__in=ONLY_READ)
        return rows.filter(_of_kinds(self.kinds))

    def newest_first(self, rows: QuerySet[AuditEvent], before_id: int | None = None) -> QuerySet[AuditEvent]:
        """The entries in the order of a page, from the one after `before_id` on.

        Any page costs what the first costs: it begins inside the index that gives the order. Within a period that is
        the index by moment, because entry numbers say nothing about where a period begins.
        """
        if self.start is None and self.end is None:
            rows = rows.filter(pk__lt=before_id) if before_id is not None else rows
            return rows.order_by("-id")
        if before_id is not None:
            edge = AuditEvent.objects.filter(pk=before_id).values_list("at", flat=True).first()
            earlier = Q(at__lte=edge) & (Q(at__lt=edge) | Q(pk__lt=before_id)) if edge else Q(pk__lt=before_id)
            rows = rows.filter(earlier)
        return rows.order_by("-at", "-id")


def _told_of(record: TrackedModel) -> Q:
    """An anchor has everything below it, its own entries included; what is one question stays one index."""
    kind = kind_of(record)
    if record.anchors().get(kind) == record.pk:
        return Q(anchor_kind=kind, anchor_id=record.pk)
    return Q(subject_kind=kind, subject_id=record.pk)


def _of_kinds(kinds: Sequence[str]) -> Q:
    """Kinds of records have a dot in their name, kinds of acts have none."""
    records = [kind for kind in kinds if "." in kind]
    verbs = [kind for kind in kinds if "." not in kind]
    return (Q(record_kind__in=records) if records else Q()) & (Q(verb__in=verbs) if verbs else Q())


@cache
def kinds_in_words() -> dict[str, str]:
    """The name of every kind of record that has a trail; two of one name say which part of the portal they are from."""
    models = {kind_of(model): model for model in tracked_models()}
    often = Counter(str(model._meta.verbose_name) for model in models.values())
    return {kind: _name(model, alone=often[str(model._meta.verbose_name)] == 1) for kind, model in models.items()}


def _name(model: type[TrackedModel], *, alone: bool) -> str:
    name = str(model._meta.verbose_name)
    return name if alone else f"{name} ({apps.get_app_config(model._meta.app_label).verbose_name})"
