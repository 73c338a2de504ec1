"""The past: a record as it was at a moment, rebuilt from its history (EMA guideline 4.5, ICH E6(R3) 4.2.2(c)).

Labels of other records and people read as they read when they were written down, not as they read today.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from cqms.audit.models import AuditEvent, Lane, kind_of
from cqms.audit.services import closed_lane_of, shown_fields, words
from cqms.history.models import HistoryRow
from cqms.organizations.models import TrackedModel


@dataclass(frozen=True)
class Value:
    """One field as it was: its label, its words, and the raw value that says whether two are the same."""

    field: str
    label: str
    words: str
    raw: Any


@dataclass(frozen=True)
class Difference:
    """One field that is not the same at two moments, in words; blank stands for empty."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Past:
    """A record in one of its states: the row, its label, since when it stood so, and by which entry of the trail."""

    record: TrackedModel
    label: str
    since: dt.datetime
    values: Sequence[Value]
    event: AuditEvent | None

    @property
    def lane(self) -> str:
        """Who could know of the record then."""
        return str(getattr(self.record, "lane", Lane.GENERAL))


def past_of(record: TrackedModel, moment: dt.datetime, hidden: Collection[str] = ()) -> Past | None:
    """The record as it was at an aware moment; None before it began. Three queries, and one for each unnamed key.

    `hidden` are fields that the reader may not know of: changes of them alone have made no state.
    """
    row = _states(record, hidden).filter(history_date__lte=moment).order_by("-history_id").first()
    if row is None:
        return None
    told = _events_until(record, moment, row)
    if hidden:
        told = [each for each in told if each.lane != closed_lane_of(record)]
    return Past(
        record=row.instance,
        label=told[-1].record_label if told else str(row.instance),
        since=row.history_date,
        values=[value for value in _values(row.instance, told) if value.field not in hidden],
        event=next((each for each in reversed(told) if each.action_id == row.action_id), None),
    )


def at_revision(record: TrackedModel, revision: int) -> TrackedModel | None:
    """The record as it was when its revision was that one; None if it never was. One query."""
    row = _states(record).filter(revision=revision).first()
    return row.instance if row is not None else None


def neighbours(
    record: TrackedModel, moment: dt.datetime, hidden: Collection[str] = ()
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """When the record last changed before the state it had at a moment, and when it changed next."""
    dates = _states(record, hidden).values_list("history_date", flat=True)
    earlier = list(dates.filter(history_date__lte=moment).order_by("-history_id")[:2])
    later = dates.filter(history_date__gt=moment).order_by("history_id").first()
    return (earlier[1] if len(earlier) > 1 else None), later


def began(record: TrackedModel) -> dt.datetime:
    """When the record was written down first. Raises DoesNotExist for one without history, which the guard forbids."""
    found: dt.datetime = _states(record).earliest("history_id").history_date
    return found


def differences(before: Past, after: Past) -> list[Difference]:
    """What is not the same in two states of one record, in the order of its fields."""
    old = {value.field: value for value in before.values}
    return [
        Difference(new.label, old[new.field].words, new.words)
        for new in after.values
        if new.field in old and old[new.field].raw != new.raw
    ]


def states_of(model: type[TrackedModel], pks: Iterable[int]) -> Any:
    """Every state that records of one kind ever had, as rows of their history."""
    return model.history.model.objects.filter(id__in=list(pks))


def states_naming(model: type[TrackedModel], field: str) -> Any:
    """Every state of the records of one kind in which a field names something."""
    return model.history.model.objects.filter(**{f"{field}__isnull": False})


def _states(record: TrackedModel, hidden: Collection[str] = ()) -> Any:
    """The states of a record; without `hidden` fields only the first of each revision, because theirs moves none."""
    rows = type(record).history.filter(id=record.pk)
    if not hidden:
        return rows
    earlier = rows.filter(revision=OuterRef("revision"), history_id__lt=OuterRef("history_id"))
    return rows.filter(~Exists(earlier.order_by()))


def _events_until(record: TrackedModel, moment: dt.datetime, row: HistoryRow) -> list[AuditEvent]:
    """The entries about the record up to the state of this history row, the oldest first.

    The entry of a change is written just after its history row, so that of the row itself counts always.
    """
    subject = record.subject()
    about = AuditEvent.objects.filter(
        subject_kind=kind_of(subject), subject_id=subject.pk, record_kind=kind_of(record), record_id=record.pk
    )
    return list(about.filter(Q(at__lte=moment) | Q(action_id=row.action_id)).order_by("id"))


def _values(record: TrackedModel, told: Sequence[AuditEvent]) -> list[Value]:
    frozen = {change["field"]: change["new"] for event in told for change in event.changes}
    return [
        Value(
            field.name,
            str(field.verbose_name),
            frozen[field.name] if field.is_relation and field.name in frozen else words(record, field),
            getattr(record, field.attname),
        )
        for field in shown_fields(record)
    ]
