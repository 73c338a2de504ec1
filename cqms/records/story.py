"""The timeline as one reader may see it: limited to their lanes and anchors, with the signatures of each act."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from uuid import UUID

from django.apps import apps
from django.db.models import Q, QuerySet

from cqms.access.anchors import ORGANIZATION, anchors
from cqms.access.narrowing import of_other_sites
from cqms.access.reach import LANE_CAPABILITY, Reach, lane_filter, narrowings, reach_of
from cqms.accounts.models import User
from cqms.audit.models import RECLASSIFY, AuditEvent, kind_of
from cqms.audit.timeline import Selection
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import TrackedModel
from cqms.records.models import PartOfRecord
from cqms.records.naming import entries_unseen
from cqms.signatures.models import Signature

Act = tuple[UUID, str, int]
"""An act of somebody, and the kind and the id of a record that it was about."""


@dataclass(frozen=True)
class Told:
    """An entry of the timeline and the signatures that were given in the same act about the same record."""

    event: AuditEvent
    signatures: tuple[Signature, ...]


_hidden: dict[str, Callable[[User], Q]] = {}


def hide(kind: str, entries_of: Callable[[User], Q]) -> None:
    """Let an app hide entries about its records that tell of others, which may not exist for the reader."""
    _hidden[kind] = entries_of


def entries(reader: User, selection: Selection, *, before_id: int | None = None, limit: int = 50) -> list[Told]:
    """The newest entries that the reader may see, or those before an entry; two queries beside the reader's reach."""
    seen = seen_by(reader, selection.events(), subject=selection.subject)
    rows = selection.newest_first(seen, before_id)
    return with_signatures(list(rows[:limit]))


def seen_by(
    reader: User,
    events: QuerySet[AuditEvent],
    capability: Capability | None = Capability.READ,
    *,
    subject: TrackedModel | None = None,
) -> QuerySet[AuditEvent]:
    """Limit entries to the lanes, anchors and sites the reader may know of, where they hold the capability.

    The capability is None for entries of one record that the reader was found to see otherwise, as being asked by it.
    `subject` is the record on whose page all of them are told, if there is one: fewer kinds need be asked about.
    """
    reach = reach_of(reader)
    rows = events.filter(lane_filter(reach, partial(_at, reach)))
    rows = rows if capability is None else rows.filter(_within(reach, capability))
    rows = rows.exclude(_of_closed_records(reach, subject))
    for hidden in _hidden.values():
        rows = rows.exclude(hidden(reader))
    rows = rows.exclude(entries_unseen(reader, subject))
    return rows.exclude(_of_other_sites(reader)) if narrowings(reader) else rows


def moves_out_of_sight(reader: User) -> QuerySet[AuditEvent]:
    """The entries that say that something moved to a lane which is closed to the reader where it belongs."""
    reach = reach_of(reader)
    return AuditEvent.objects.filter(~lane_filter(reach, partial(_at, reach)), verb=RECLASSIFY).order_by()


def with_signatures(events: Iterable[AuditEvent]) -> list[Told]:
    """The entries in the same order, each signature at the first entry of its act about its record; one query."""
    told = list(events)
    first: dict[Act, int] = {}
    for event in sorted(told, key=lambda each: each.pk):
        first.setdefault((event.action_id, event.record_kind, event.record_id), event.pk)
    found: dict[int, list[Signature]] = {}
    for row in signatures_in(first):
        place = first.get((row.action_id, row.record_kind, row.record_id))
        if place is not None:
            found.setdefault(place, []).append(row)
    return [Told(event, tuple(found.get(event.pk, ()))) for event in told]


def signatures_in(acts: Iterable[Act]) -> QuerySet[Signature]:
    """The signatures given in some acts, the oldest first: found by the records, which is what an index knows."""
    found, actions, about = Q(pk__in=()), set(), defaultdict(set)
    for action, kind, pk in acts:
        actions.add(action)
        about[kind].add(pk)
    for kind, pks in about.items():
        found |= Q(record_kind=kind, record_id__in=pks)
    return Signature.objects.filter(found, action_id__in=actions).order_by("pk")


def _of_closed_records(reach: Reach, subject: TrackedModel | None) -> Q:
    """Entries of records that stand in a closed lane now, whatever lane they stood in when it happened.

    Where a lane is open at some anchors only, the entries that are told there stay.
    """
    lanes = [lane for lane, capability in LANE_CAPABILITY.items() if capability not in reach.everywhere]
    found = Q(pk__in=())
    for model in _models_told(subject) if lanes else ():
        told = "record" if issubclass(model, PartOfRecord) else "subject"
        rows = model._default_manager.filter(lane__in=lanes).values("pk")
        found |= Q(**{f"{told}_kind": kind_of(model), f"{told}_id__in": rows}) & ~_open_somewhere(reach, model)
    return found


def _open_somewhere(reach: Reach, model: type[TrackedModel]) -> Q:
    """Entries at anchors where the lane of such a record is open, in whichever of the closed lanes it stands."""
    found = Q(pk__in=())
    told = "record" if issubclass(model, PartOfRecord) else "subject"
    for lane, capability in LANE_CAPABILITY.items():
        if reach.anywhere(capability) and capability not in reach.everywhere:
            rows = model._default_manager.filter(lane=lane).values("pk")
            found |= Q(**{f"{told}_id__in": rows}) & _at(reach, capability)
    return found


def _at(reach: Reach, capability: Capability) -> Q:
    """Entries told at the anchors where a capability is held."""
    found = Q(pk__in=())
    for kind, pks in reach.by_anchor[capability].items():
        found |= Q(anchor_kind=kind, anchor_id__in=pks)
    return found


def _of_other_sites(reader: User) -> Q:
    """Entries about records of other sites than the reader's, about what belongs to those or is told on their pages."""
    found = of_other_sites(reader) | of_other_sites(reader, "subject_kind", "subject_id")
    for model in _models_with_lanes():
        if issubclass(model, PartOfRecord):
            parts = model._default_manager.filter(of_other_sites(reader)).values("pk")
            found |= Q(record_kind=kind_of(model), record_id__in=parts)
    return found


def _models_told(subject: TrackedModel | None) -> list[type[TrackedModel]]:
    """The models with lanes that entries can be about: below one record that is its own and those of its parts."""
    models = _models_with_lanes()
    if subject is None or kind_of(subject) in subject.anchors():
        return models
    return [model for model in models if isinstance(subject, model) or issubclass(model, PartOfRecord)]


@cache
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
