"""What a person reaches in the open organization: fetched once a request, then asked as often as one likes."""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from cqms.access.anchors import ORGANIZATION, anchors
from cqms.access.models import RoleAssignment
from cqms.access.roles import ROLES
from cqms.accounts.models import User
from cqms.audit.models import Lane
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership
from cqms.organizations.scope import current_organization_id, scope_cache

Row = TypeVar("Row", bound=Model)

_LANE_CAPABILITY = {Lane.UNBLINDED: Capability.SEE_UNBLINDED, Lane.CONFIDENTIAL: Capability.SEE_CONFIDENTIAL}


@dataclass
class Reach:
    """The capabilities of one person: in the whole organization, and by anchor."""

    everywhere: set[str] = field(default_factory=set)
    by_anchor: dict[str, dict[str, set[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))

    def has(self, capability: Capability, record: object | None = None) -> bool:
        """Whether the capability is held in the organization, or at an anchor of the record."""
        if capability in self.everywhere:
            return True
        held = self.by_anchor[capability]
        return any(pk in held[kind] for kind, pk in _anchors_of(record).items())

    def anywhere(self, capability: Capability) -> bool:
        """Whether the capability is held at least at one place."""
        return capability in self.everywhere or any(self.by_anchor[capability].values())

    def ids(self, capability: Capability, kind: str) -> set[int]:
        """The anchors of one kind at which the capability is held."""
        return self.by_anchor[capability][kind]

    def fingerprint(self) -> str:
        """What tells whether a person still reaches exactly the same."""
        held = {name: {kind: sorted(pks) for kind, pks in by.items() if pks} for name, by in self.by_anchor.items()}
        held = {name: kinds for name, kinds in held.items() if kinds}
        return hashlib.sha256(json.dumps([sorted(self.everywhere), held], sort_keys=True).encode()).hexdigest()


def reach_of(person: User) -> Reach:
    """What the person reaches now; two queries the first time in a scope, none later."""
    key = ("reach", person.pk)
    cache = scope_cache()
    if key not in cache:
        cache[key] = _load(person)
    return cache[key]


def visible(queryset: QuerySet[Row], person: User, *, anchor: str = "", column: str = "") -> QuerySet[Row]:
    """Limit a list to what the person may see: by anchor (`column` holds its id) and by lane."""
    reach = reach_of(person)
    if Capability.READ not in reach.everywhere:
        queryset = (
            queryset.filter(**{f"{column}__in": reach.ids(Capability.READ, anchor)}) if column else queryset.none()
        )
    return queryset.filter(lane_filter(reach)) if _has_lane(queryset) else queryset


def lane_filter(reach: Reach) -> Q:
    """Only the lanes that the person may know of."""
    closed = [lane for lane, capability in _LANE_CAPABILITY.items() if not reach.anywhere(capability)]
    return ~Q(lane__in=closed) if closed else Q()


def may_see_lane(reach: Reach, lane: str) -> bool:
    """Whether a record of this lane exists for the person at all."""
    needed = _LANE_CAPABILITY.get(Lane(lane))
    return needed is None or reach.anywhere(needed)


def people_with(capability: Capability, record: object | None = None, *, anywhere: bool = False) -> list[User]:
    """Members who hold a capability in the organization, at an anchor of the record, or `anywhere`; by name."""
    roles = [role.key for role in ROLES.values() if capability in role.allows]
    now = timezone.now()
    held = RoleAssignment.objects.filter(role__in=roles, starts_at__lte=now).filter(_until(now))
    if not anywhere:
        place = Q(anchor_kind=ORGANIZATION)
        for kind, pk in _anchors_of(record).items():
            place |= Q(anchor_kind=kind, anchor_id=pk)
        held = held.filter(place)
    members = Membership.objects.filter(_until(now), starts_at__lte=now, user__in=held.values("user"))
    return list(User.objects.filter(pk__in=members.values("user"), is_active=True).order_by("name"))


def _until(now: datetime) -> Q:
    return Q(ends_at__isnull=True) | Q(ends_at__gt=now)


def _has_lane(queryset: QuerySet[Any]) -> bool:
    return any(field.name == "lane" for field in queryset.model._meta.concrete_fields)


def _anchors_of(record: object | None) -> dict[str, int]:
    return record.anchors() if record is not None and hasattr(record, "anchors") else {}


def _load(person: User) -> Reach:
    reach = Reach()
    membership = Membership.objects.filter(user=person).first()
    if membership is None or not membership.is_current() or not person.is_active:
        return reach
    for kind, anchor in anchors().items():
        grants = anchor.grants._default_manager.filter(group__user=person)
        rows = grants.values_list("permission__codename", "content_object_id")  # type: ignore[misc]  # each has it
        for codename, pk in rows:
            if kind == ORGANIZATION and pk == current_organization_id():
                reach.everywhere.add(codename)
            elif kind != ORGANIZATION:
                reach.by_anchor[codename][kind].add(pk)
    return reach
