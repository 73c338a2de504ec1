"""Lanes: moving a record from one to another, who had seen it before, and who may see it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Count, Max, Min, Q

from cqms.access.anchors import ORGANIZATION
from cqms.access.models import RoleAssignment
from cqms.access.policies import exists_for, may
from cqms.access.reach import LANE_CAPABILITY, may_see_lane, reach_of
from cqms.access.roles import ROLES
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import AuditEvent, Lane, kind_of
from cqms.audit.refusals import Denied
from cqms.notifications.models import Notification
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership
from cqms.portal.selectors import current
from cqms.records.models import Record

may_reclassify = may(Capability.ASSURE) | may(Capability.HEAD)


@dataclass(frozen=True)
class Seen:
    """That somebody had to do with a record: how often, first and last."""

    name: str
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class MaySee:
    """Why a person may see a record."""

    person: User
    because: str


def has_lane(record: object) -> bool:
    """Whether a record stands in a lane of its own, and not in that of another."""
    fields = getattr(record, "_meta", None)
    return fields is not None and any(field.name == "lane" for field in fields.concrete_fields)


def reclassify(record: Record, lane: str, *, actor: User, reason: str) -> Record:
    """Move a record to another lane; whoever may not see that lane loses sight of all of it, its past included.

    Notices about it that were sent go along. Raises Denied, and ValidationError for the lane it is in already or one
    the actor may not see themselves.
    """
    may_reclassify.demand(actor, record)
    if not exists_for(actor, record):
        raise Denied(may_reclassify.refusal)
    if lane == record.lane:
        raise ValidationError({"lane": "The record is in this lane already."})
    if not may_see_lane(reach_of(actor), lane):
        raise ValidationError({"lane": "You may not see this lane yourself. Ask somebody who may."})
    row = type(record)._base_manager.select_for_update(of=("self",)).get(pk=record.pk)
    before, row.lane = Lane(row.lane).label, lane
    said = f"moved it from the lane {before.lower()} to {Lane(lane).label.lower()}"
    audit.save(row, actor=actor, verb="reclassify", sentence=said, reason=reason)
    told = AuditEvent.objects.filter(subject_kind=kind_of(row), subject_id=row.pk)
    about = Q(record_kind=kind_of(row), record_id=row.pk)
    for kind, pk in told.values_list("record_kind", "record_id").distinct().order_by():
        about |= Q(record_kind=kind, record_id=pk)
    Notification.objects.filter(about).update(lane=lane)
    return row


def had_seen(record: Record) -> list[Seen]:
    """Everybody whom the trail shows near a record: who viewed, downloaded, exported, changed or signed it."""
    told = AuditEvent.objects.filter(subject_kind=kind_of(record), subject_id=record.pk, actor__isnull=False)
    rows = told.values("actor_name").annotate(times=Count("pk"), first=Min("at"), last=Max("at")).order_by("actor_name")
    return [Seen(row["actor_name"], row["times"], row["first"], row["last"]) for row in rows]


def who_may_see(record: object) -> list[MaySee]:
    """Every present person for whom a record exists, and the roles that make it so; two queries."""
    places = {(ORGANIZATION, None), *record.anchors().items()}  # type: ignore[attr-defined]  # every tracked row has
    needed = LANE_CAPABILITY.get(Lane(getattr(record, "lane", Lane.GENERAL)))
    present = Membership.objects.filter(current()).values("user")
    held: dict[User, list[RoleAssignment]] = {}
    rows = RoleAssignment.objects.filter(current(), user__in=present, user__is_active=True).select_related("user")
    for row in rows.order_by("user__name", "role"):
        held.setdefault(row.user, []).append(row)
    return [found for person, roles in held.items() if (found := _why(person, roles, places, needed)) is not None]


def _why(
    person: User, roles: Sequence[RoleAssignment], places: set[tuple[str, int | None]], needed: Capability | None
) -> MaySee | None:
    lets = [row for row in roles if Capability.READ in ROLES[row.role].allows and _is_there(row, places)]
    opens = [row for row in roles if needed is not None and needed in ROLES[row.role].allows]
    if not lets or (needed is not None and not opens):
        return None
    return MaySee(
        person, "; ".join(dict.fromkeys(f"{ROLES[row.role].label} in {row.place}" for row in [*lets, *opens]))
    )


def _is_there(row: RoleAssignment, places: set[tuple[str, int | None]]) -> bool:
    pk = None if row.anchor_kind == ORGANIZATION else row.anchor_id
    return (row.anchor_kind, pk) in places
