"""The timeline as one reader may see it: limited to their lanes and anchors, with the signatures of each act."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.apps import apps
from django.db.models import Q, QuerySet

from cqms.access.anchors import ORGANIZATION, anchors
from cqms.access.reach import Reach, lane_filter, may_see_lane, reach_of
from cqms.accounts.models import User
from cqms.audit.models import AuditEvent, Lane, kind_of
from cqms.audit.timeline import Selection
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import TrackedModel
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
    return events.filter(lane_filter(reach), _within(reach, capability)).exclude(_of_closed_records(reach))


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


def _of_closed_records(reach: Reach) -> Q:
    """Entries of records that stand in a closed lane now, whatever lane they stood in when it happened."""
    closed = [lane for lane in Lane.values if not may_see_lane(reach, lane)]
    found = Q(pk__in=())
    for model in _models_with_lanes() if closed else ():
        rows = model._default_manager.filter(lane__in=closed).values("pk")
        found |= Q(subject_kind=kind_of(model), subject_id__in=rows)
    return found


def _models_with_lanes() -> list[type[TrackedModel]]:
    return [
        model
        for model in apps.get_models()
        if issubclass(model, TrackedModel) and any(field.name == "lane" for field in model._meta.concrete_fields)
    ]


def _within(reach: Reach, capability: Capability) -> Q:
    if capability in reach.everywhere:
        return Q()
    held = {kind: reach.ids(capability, kind) for kind in anchors() if kind != ORGANIZATION}
    places = Q(pk__in=())
    for kind, pks in held.items():
        places |= Q(anchor_kind=kind, anchor_id__in=pks) | Q(subject_kind=kind, subject_id__in=pks)
    return places
