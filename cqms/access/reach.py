"""What a person reaches in the open organization: fetched once a request, then asked as often as one likes."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.auth.models import Permission
from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from cqms.access.anchors import ORGANIZATION, Anchor, anchors
from cqms.access.models import AccessReview, ReviewState, RoleAssignment
from cqms.access.roles import ROLES
from cqms.accounts.models import User
from cqms.audit.models import Lane
from cqms.configuration.selectors import remember, with_settings
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership
from cqms.organizations.prepared import Prepared
from cqms.organizations.scope import current_organization_id, scope_cache

Row = TypeVar("Row", bound=Model)
Narrowings = dict[tuple[str, int], tuple[set[str], set[str]]]
"""Kind and id of an anchor → the countries and the sites to which every role there is narrowed."""

WAITS = (
    "Nobody reads or decides here before they were trained on the portal (ICH E6(R3) 4.3.8). "
    "An administrator writes down that you were."
)
"""What is said to who waits for their training."""

LANE_CAPABILITY = {Lane.UNBLINDED: Capability.SEE_UNBLINDED, Lane.CONFIDENTIAL: Capability.SEE_CONFIDENTIAL}


@dataclass
class Reach:
    """The capabilities of one person: in the whole organization, and by anchor.

    `roles` are the keys of the roles held anywhere; `stands_for` the people who are away and named them; a guest sees
    no list of people; who waits for `introduction` reaches nothing yet, except that administrators administer: they see
    no content, and write down everybody's training. Who does not belong here reaches nothing. `is_narrowed` says that
    some role is held for some countries or sites only; `narrowings` says where and which.
    """

    everywhere: set[str] = field(default_factory=set)
    by_anchor: dict[str, dict[str, set[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    roles: set[str] = field(default_factory=set)
    stands_for: frozenset[int] = frozenset()
    belongs: bool = False
    is_guest: bool = False
    reviews_rights: bool = False
    waits_for_introduction: bool = False
    is_narrowed: bool = False

    @property
    def is_inspector(self) -> bool:
        """Whether pages and files are watermarked for this person, and each view is written down."""
        return "inspector" in self.roles

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


def reach_of(person: User) -> Reach:
    """What the person reaches now; one query the first time in a scope, none later."""
    key = ("reach", person.pk)
    cache = scope_cache()
    if key not in cache:
        cache[key] = _load(person)
    return cache[key]


def fingerprint_of(person: User) -> str:
    """What tells whether a person still reaches exactly the same, sites and countries included."""
    reach = reach_of(person)
    held = {name: {kind: sorted(pks) for kind, pks in by.items() if pks} for name, by in reach.by_anchor.items()}
    held = {name: kinds for name, kinds in held.items() if kinds}
    only = [[*place, sorted(codes), sorted(sites)] for place, (codes, sites) in sorted(narrowings(person).items())]
    return hashlib.sha256(json.dumps([sorted(reach.everywhere), held, only], sort_keys=True).encode()).hexdigest()


def visible(queryset: QuerySet[Row], person: User, *, anchor: str = "", column: str = "") -> QuerySet[Row]:
    """Limit a list to what the person may see: by anchor (`column` holds its id) and by lane."""
    reach = reach_of(person)
    if Capability.READ not in reach.everywhere:
        queryset = (
            queryset.filter(**{f"{column}__in": reach.ids(Capability.READ, anchor)}) if column else queryset.none()
        )
    if not _has_lane(queryset):
        return queryset
    return queryset.filter(lane_filter(reach, lambda each: Q(**{f"{column}__in": reach.ids(each, anchor)})))


def lane_filter(reach: Reach, held: Callable[[Capability], Q] | None = None) -> Q:
    """Only rows in lanes that the person may know of.

    `held` selects the rows at whose anchors a capability is held; without it, for rows that know no anchor, a lane
    is open to whoever may see it anywhere, and the record itself must be asked as well.
    """
    closed = [lane for lane, capability in LANE_CAPABILITY.items() if not reach.anywhere(capability)]
    found = ~Q(lane__in=closed) if closed else Q()
    for lane, capability in LANE_CAPABILITY.items():
        if lane not in closed and capability not in reach.everywhere and held is not None:
            found &= ~Q(lane=lane) | held(capability)
    return found


def may_see_lane(reach: Reach, lane: str, record: object | None = None) -> bool:
    """Whether a lane is open to the person where the record belongs; without one, anywhere."""
    needed = LANE_CAPABILITY.get(Lane(lane))
    if needed is None:
        return True
    return reach.anywhere(needed) if record is None else reach.has(needed, record)


def lanes_of(record: Any) -> set[str]:
    """The lanes that must be open for a record to exist: its own, and that of the record on whose page it is told."""
    subject = record.subject() if hasattr(record, "subject") else record
    return {str(getattr(each, "lane", Lane.GENERAL)) for each in (record, subject)}


def hidden_fields(person: User, record: Any) -> frozenset[str]:
    """The fields of a record that do not exist for this person, because they stand in a closed lane of their own."""
    reach = reach_of(person)
    closed = (name for name, lane in record.field_lanes.items() if not may_see_lane(reach, lane, record))
    return frozenset(closed)


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


def known_to(reader: User, people: Iterable[User]) -> list[User]:
    """Those of some people whom a person may know of: a guest only knows who holds a role where they hold one."""
    reach, places = reach_of(reader), Q(pk__in=())
    if not reach.is_guest:
        return list(people)
    for kind, pks in reach.by_anchor[Capability.READ].items():
        places |= Q(anchor_kind=kind, anchor_id__in=pks)
    now = timezone.now()
    held = RoleAssignment.objects.filter(places, _until(now), starts_at__lte=now)
    near = set(held.values_list("user_id", flat=True))
    return [person for person in people if person.pk in near]


def _until(now: datetime) -> Q:
    return Q(ends_at__isnull=True) | Q(ends_at__gt=now)


def _has_lane(queryset: QuerySet[Any]) -> bool:
    return any(field.name == "lane" for field in queryset.model._meta.concrete_fields)


def _anchors_of(record: object | None) -> dict[str, int]:
    return record.anchors() if record is not None and hasattr(record, "anchors") else {}


def stands_for(person: User, user_id: int | None) -> bool:
    """Whether this is the person, or somebody who is away and named them to act meanwhile."""
    return user_id == person.pk or user_id in reach_of(person).stands_for


def narrowing_of(person: User, kind: str, pk: int) -> tuple[set[str], set[str]] | None:
    """The countries and the sites to which a person is narrowed at an anchor; None where they see all of it."""
    return narrowings(person).get((kind, pk))


def narrowings(person: User) -> Narrowings:
    """Where every role of a person is narrowed, and to what. One query, asked once a scope."""
    key, cache = ("narrowings", person.pk), scope_cache()
    if key not in cache:
        reach = reach_of(person)
        cache[key] = _narrowings(person) if reach.is_narrowed and Capability.READ not in reach.everywhere else {}
    found: Narrowings = cache[key]
    return found


def _narrowings(person: User) -> Narrowings:
    now = timezone.now()
    return narrowed_to(RoleAssignment.objects.filter(_until(now), user=person, starts_at__lte=now))


def narrowings_then(person: User, moment: datetime) -> Narrowings:
    """Where every role that a person held at a moment was narrowed, and to what; empty for who read everything.

    One query for a person, asked once a scope.
    """
    key, cache = ("roles ever held", person.pk), scope_cache()
    if key not in cache:
        cache[key] = list(RoleAssignment.objects.filter(user=person))
    held = [each for each in cache[key] if each.starts_at <= moment and (each.ends_at is None or each.ends_at > moment)]
    if any(row.anchor_kind == ORGANIZATION and Capability.READ in ROLES[row.role].allows for row in held):
        return {}
    return narrowed_to(held)


def narrowed_to(roles: Iterable[RoleAssignment]) -> Narrowings:
    """To which countries and sites some roles of one person narrow what they see, where all roles of a place do."""
    held: dict[tuple[str, int], list[tuple[set[str], set[str]]]] = defaultdict(list)
    for row in roles:
        held[row.anchor_kind, row.anchor_id].append((set(row.countries), set(row.sites)))
    return {
        place: (set().union(*(codes for codes, _ in rows)), set().union(*(numbers for _, numbers in rows)))
        for place, rows in held.items()
        if all(codes or numbers for codes, numbers in rows)
    }


def covers(person: User, other: User) -> bool:
    """Whether a person may see everything that another may see."""
    mine, theirs = reach_of(person), reach_of(other)
    if not all(_covers(mine, theirs, each) for each in (Capability.READ, *LANE_CAPABILITY.values())):
        return False
    return all(narrowings(other).get(place) == only for place, only in narrowings(person).items())


def _covers(mine: Reach, theirs: Reach, capability: Capability) -> bool:
    """Whether a capability is held wherever another holds it."""
    if capability in mine.everywhere:
        return True
    wanted = theirs.by_anchor[capability]
    return capability not in theirs.everywhere and all(
        pks <= mine.ids(capability, kind) for kind, pks in wanted.items()
    )


def _belonging(person: int, now: datetime) -> QuerySet[Membership]:
    """The membership, and what one query answers besides: who is away, what is asked, what holds, what was granted."""
    away = Membership.objects.filter(delegate=person, away_from__lte=now, away_until__gt=now).order_by()
    asked = AccessReview.objects.filter(state=ReviewState.OPEN, reviewer=person)
    held = RoleAssignment.objects.filter(_until(now), user=person, starts_at__lte=now)
    more = {"away": ArraySubquery(away.values("user_id")), "is_asked": Exists(asked), **with_settings()}
    more["is_narrowed"] = Exists(held.exclude(countries=[], sites=[]))
    more |= {_granted(number): _grants(anchor, person) for number, anchor in enumerate(anchors().values())}
    rows: QuerySet[Membership] = Membership.objects.filter(user=person).select_related("organization")
    return rows.annotate(**more)


_BELONGING = Prepared(_belonging, person=int, now=datetime)


def _granted(number: int) -> str:
    return f"granted_{number}"


def _grants(anchor: Anchor, person: int) -> ArraySubquery:
    """The person's groups at one kind of anchor: its id, the name of the group, and what that allows.

    Names of permissions are looked up beside the join: to plan a join of four tables costs more than all the rest.
    """
    rows = anchor.grants._default_manager.filter(group__user=person).order_by()
    name = Subquery(Permission.objects.filter(pk=OuterRef("permission_id")).order_by().values("codename"))
    groups = rows.values("content_object_id", "group__name").annotate(  # type: ignore[misc]  # of the subclass
        allows=ArrayAgg(name)
    )
    return ArraySubquery(groups.values(json=JSONObject(at="content_object_id", group="group__name", allows="allows")))


def _load(person: User) -> Reach:
    reach = Reach()
    found: list[Any] = _BELONGING.ask(person=person.pk, now=timezone.now())
    if not found:
        return reach
    membership = found[0]
    settings = remember(membership.organization.zone, membership.in_force)
    if not membership.is_current() or not person.is_active:
        return reach
    reach.belongs = True
    reach.is_guest, reach.reviews_rights = membership.is_guest, membership.is_asked
    reach.waits_for_introduction = settings.needs_introduction and not membership.introduction
    reach.stands_for, reach.is_narrowed = frozenset(membership.away), membership.is_narrowed
    for number, kind in enumerate(anchors()):
        for grant in getattr(membership, _granted(number)):
            _add(reach, kind, grant)
    if reach.waits_for_introduction:
        reach.everywhere &= {Capability.ADMINISTER}
        reach.by_anchor.clear()
        reach.stands_for = frozenset()
    return reach


def _add(reach: Reach, kind: str, grant: dict[str, Any]) -> None:
    reach.roles.add(grant["group"].split(":")[1])
    if kind == ORGANIZATION and grant["at"] == current_organization_id():
        reach.everywhere.update(grant["allows"])
    elif kind != ORGANIZATION:
        for codename in grant["allows"]:
            reach.by_anchor[codename][kind].add(grant["at"])
