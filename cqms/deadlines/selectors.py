"""Deadlines as people and records see them."""

from collections import defaultdict

from django.apps import apps
from django.db.models import QuerySet

from cqms.accounts.models import User
from cqms.audit.models import kind_of
from cqms.deadlines.models import Deadline
from cqms.organizations.models import TrackedModel
from cqms.organizations.prepared import Prepared


def open_deadlines() -> QuerySet[Deadline]:
    """What is neither met nor cancelled, the most urgent first."""
    rows = Deadline.objects.filter(met_at__isnull=True, cancelled_at__isnull=True)
    return rows.select_related("owner", "organization").order_by("current_due", "id")


def open_deadlines_of(person: User) -> list[Deadline]:
    """What this person must do, the most urgent first."""
    return _with_records(open_deadlines().filter(owner=person))


def due_from(person: User) -> set[tuple[str, int]]:
    """The kind and id of each record that the person must do something about by an open deadline."""
    return set(open_deadlines().filter(owner=person).order_by().values_list("record_kind", "record_id"))


def open_deadlines_about(record: TrackedModel) -> list[Deadline]:
    """The open deadlines of a record, the most urgent first."""
    return _OPEN_ABOUT.ask(kind=kind_of(record), pk=record.pk)


_OPEN_ABOUT = Prepared(lambda kind, pk: open_deadlines().filter(record_kind=kind, record_id=pk), kind=str, pk=int)


def deadlines_of(record: TrackedModel) -> list[Deadline]:
    """Every deadline a record has or had, oldest first."""
    rows = Deadline.objects.filter(record_kind=kind_of(record), record_id=record.pk)
    return list(rows.select_related("owner", "organization").order_by("id"))


def _with_records(rows: QuerySet[Deadline]) -> list[Deadline]:
    """The deadlines with the records they are about: one query for each kind of record."""
    deadlines = list(rows)
    wanted: dict[str, set[int]] = defaultdict(set)
    for deadline in deadlines:
        wanted[deadline.record_kind].add(deadline.record_id)
    found = {kind: apps.get_model(kind).objects.in_bulk(pks) for kind, pks in wanted.items()}
    for deadline in deadlines:
        deadline.record = found[deadline.record_kind][deadline.record_id]
    return deadlines
