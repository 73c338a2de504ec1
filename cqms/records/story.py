"""The timeline as one reader may see it: limited to their lanes and anchors, with the signatures of each act."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from cqms.access.anchors import ORGANIZATION, anchors
from cqms.access.reach import Reach, lane_filter, reach_of
from cqms.accounts.models import User
from cqms.audit.models import AuditEvent
from cqms.audit.timeline import Selection
from cqms.organizations.capabilities import Capability
from cqms.signatures.models import Signature


@dataclass(frozen=True)
class Told:
    """An entry of the timeline and the signatures that were given in the same act about the same record."""

    event: AuditEvent
    signatures: tuple[Signature, ...]


def entries(reader: User, selection: Selection, *, before_id: int | None = None, limit: int = 50) -> list[Told]:
    """The newest entries that the reader may see, or those before an entry; two queries beside the reader's reach."""
    rows = selection.newest_first(seen_by(reader, selection.events()), before_id)
    return with_signatures(list(rows[:limit]))


def seen_by(
    reader: User, events: QuerySet[AuditEvent], capability: Capability = Capability.READ
) -> QuerySet[AuditEvent]:
    """Limit entries to the lanes the reader may know of and the anchors where they hold the capability."""
    reach = reach_of(reader)
    return events.filter(lane_filter(reach), _within(reach, capability))


def with_signatures(events: Iterable[AuditEvent]) -> list[Told]:
    """The entries in the same order, each signature at the first entry of its act about its record; one query."""
    told = list(events)
    first: dict[tuple[UUID, str, int], int] = {}
    for event in sorted(told, key=lambda each: each.pk):
        first.setdefault((event.action_id, event.record_kind, event.record_id), event.pk)
    found: dict[int, list[Signature]] = {}
    for row in Signature.objects.filter(action_id__in={key[0] for key in first}).order_by("pk"):
        place = first.get((row.action_id, row.record_kind, row.record_id))
        if place is not None:
            found.setdefault(place, []).append(row)
    return [Told(event, tuple(found.get(event.pk, ()))) for event in told]


def _within(reach: Reach, capability: Capability) -> Q:
    if capability in reach.everywhere:
        return Q()
    held = {kind: reach.ids(capability, kind) for kind in anchors() if kind != ORGANIZATION}
    places = Q(pk__in=())
    for kind, pks in held.items():
        places |= Q(anchor_kind=kind, anchor_id__in=pks) | Q(subject_kind=kind, subject_id__in=pks)
    return places
