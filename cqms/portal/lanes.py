"""Lanes: moving a record from one to another, who had seen it before, and who may see it now."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Max, Min, Q, QuerySet

from cqms.access.anchors import ORGANIZATION
from cqms.access.models import RoleAssignment
from cqms.access.narrowing import lies_outside
from cqms.access.policies import exists_for, may
from cqms.access.reach import LANE_CAPABILITY, lanes_of, may_see_lane, narrowed_to, people_with, reach_of
from cqms.access.roles import ROLES
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import RECLASSIFY, AuditEvent, Lane, kind_of
from cqms.audit.refusals import Denied, Refused, refusable
from cqms.configuration.selectors import current_settings
from cqms.notifications.models import Notification
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership
from cqms.portal.selectors import current
from cqms.records.models import PartOfRecord, Record
from cqms.records.story import seen_by

may_reclassify = replace(
    may(Capability.ASSURE) | may(Capability.HEAD) | may(Capability.SEE_UNBLINDED),
    refusal="Only who decides for quality assurance, or may see the unblinded lane, moves a record to another lane.",
)


@dataclass(frozen=True)
class Seen:
    """That somebody had to do with a record: how often they viewed, downloaded or otherwise touched it, and when."""

    name: str
    viewed: int
    taken: int
    others: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class MaySee:
    """Why a person may see a record."""

    person: User
    because: str


class StandsApart(Refused):
    """A record and what names it would stand in two closed lanes: whoever sees the one would be told of the other.

    Who may not know of the other reads nothing of it; the trace in its lane names it.
    """

    status = 422
    field = "lane"

    def __init__(self, other: Record, sentence: str, *, reader: User) -> None:
        """`sentence` names the other one."""
        super().__init__(sentence if exists_for(reader, other) else _AS_IT_STANDS)
        self.trace, self.lane = sentence, other.lane


@dataclass(frozen=True)
class Companion:
    """A kind of record that names another one wherever it is told.

    `naming` gives those that name a record, `named_by` the one that such a record names, if any.
    """

    model: type[Record]
    naming: Callable[[Record], QuerySet[Any]]
    named_by: Callable[[Any], Record | None]


Meaning = Callable[[Any], str]
_companions: list[Companion] = []
_meanings: dict[type[Record], Meaning] = {}
_AS_IT_STANDS = "As things stand it cannot be moved to this lane. The head of quality decides what is done."


def register_companion(companion: Companion) -> None:
    """Have records move along with the one they name."""
    _companions.append(companion)


def register_meaning(model: type[Record], words: Meaning) -> None:
    """Say before a record of this kind is moved what that means besides; blank where it means nothing more."""
    _meanings[model] = words


def meaning_of(record: Record) -> str:
    """What moving this record means besides, for who reads it."""
    words = _meanings.get(type(record))
    return words(record) if words else ""


def has_lane(record: object) -> bool:
    """Whether a record stands in a lane of its own, and not in that of another."""
    fields = getattr(record, "_meta", None)
    return fields is not None and any(field.name == "lane" for field in fields.concrete_fields)


def reclassify(record: Record, lane: str, *, actor: User, reason: str) -> Record:
    """Move a record to another lane; whoever may not see that lane loses sight of all of it, its past included.

    Notices about it that were sent go along, and so does what speaks of it. Raises Denied, StandsApart, and
    ValidationError for the lane it is in already or one the actor may not see themselves.
    """
    with refusable(record, actor=actor, attempt=f"move it to the lane {Lane(lane).label.lower()}"):
        may_reclassify.demand(actor, record)
        if not exists_for(actor, record):
            raise Denied(may_reclassify.refusal)
        if lane == record.lane:
            raise ValidationError({"lane": "The record is in this lane already."})
        if not may_see_lane(reach_of(actor), lane, record):
            raise ValidationError({"lane": f"You may not see this lane yourself. {_who_may(lane, record)}"})
        _check_what_it_names(record, lane, actor)
        moved, *_ = [_move(each, lane, actor, reason) for each in list(_together(record, lane, actor))]
        return moved


def _check_what_it_names(record: Record, lane: str, actor: User) -> None:
    """What names a record in a closed lane stays there with it, else it would tell of it outside."""
    for companion in _companions:
        named = companion.named_by(record) if isinstance(record, companion.model) else None
        if named is not None and getattr(named, "lane", Lane.GENERAL) not in (Lane.GENERAL, lane):
            sentence = f"It names {named} in the lane {Lane(named.lane).label.lower()}: move that one."
            raise StandsApart(named, sentence, reader=actor)


def _together(record: Record, lane: str, actor: User) -> Iterator[Record]:
    """The record, what names it, what names that, and so on."""
    yield record
    for companion in _companions:
        for each in _moving_along(companion, record, lane, actor):
            yield from _together(each, lane, actor)


def _moving_along(companion: Companion, record: Record, lane: str, actor: User) -> list[Record]:
    """What names the record and stands in the open, or with it. Raises StandsApart for what stands elsewhere."""
    naming = companion.naming(record).order_by("pk")
    apart = None if lane == Lane.GENERAL else naming.exclude(lane__in={Lane.GENERAL, record.lane, lane}).first()
    if apart is not None:
        sentence = (
            f"{apart} in the lane {Lane(apart.lane).label.lower()} names it: move that one out of its lane first."
        )
        raise StandsApart(apart, sentence, reader=actor)
    return list(naming.filter(lane__in={Lane.GENERAL, record.lane}).exclude(lane=lane))


def _move(record: Record, lane: str, actor: User, reason: str) -> Record:
    row = type(record)._base_manager.select_for_update(of=("self",)).get(pk=record.pk)
    before, row.lane = Lane(row.lane).label, lane
    said = f"moved it from the lane {before.lower()} to {Lane(lane).label.lower()}"
    audit.save(row, actor=actor, verb=RECLASSIFY, sentence=said, reason=reason)
    about = Q(record_kind=kind_of(row), record_id=row.pk)
    for kind, pk in _told_of(row).values_list("record_kind", "record_id").distinct().order_by():
        about |= Q(record_kind=kind, record_id=pk)
    Notification.objects.filter(about).update(lane=lane)
    return row


def _who_may(lane: str, record: Record) -> str:
    people = people_with(LANE_CAPABILITY[Lane(lane)], record)
    return f"Ask {' or '.join(str(each) for each in people[:3])}." if people else "Nobody here may see it yet."


def _told_of(record: Record) -> QuerySet[AuditEvent]:
    """The entries about a record and about what belongs to it; of a file or a comment those about itself."""
    if isinstance(record, PartOfRecord):
        return AuditEvent.objects.filter(record_kind=kind_of(record), record_id=record.pk)
    return AuditEvent.objects.filter(subject_kind=kind_of(record), subject_id=record.pk)


def had_seen(record: Record, reader: User, lane: str = "") -> list[Seen]:
    """Everybody whom the trail shows near a record: who viewed, downloaded, exported, changed or signed it.

    What happened in lanes that are closed to the reader is not counted; `lane` asks for one alone, which is that of
    fields of the record.
    """
    told = seen_by(reader, _told_of(record)).filter(actor__isnull=False, **({"lane": lane} if lane else {}))
    views, taken = Q(verb="view"), Q(verb__in=("download", "export"))
    rows = told.values("actor_name").annotate(
        viewed=Count("pk", filter=views), taken=Count("pk", filter=taken),
        others=Count("pk", filter=~views & ~taken), first=Min("at"), last=Max("at"),
    )  # fmt: skip
    names = ("viewed", "taken", "others", "first", "last")
    return [Seen(row["actor_name"], *(row[name] for name in names)) for row in rows.order_by("actor_name")]


def who_may_see(record: object) -> list[MaySee]:
    """Every present person for whom a record exists, and why: their roles there, by name.

    Said besides: who is a guest and until when, and for whom somebody stands in, which opens nothing to them.
    """
    places = {(ORGANIZATION, None), *record.anchors().items()}  # type: ignore[attr-defined]  # every tracked row has
    needed = {LANE_CAPABILITY[Lane(lane)] for lane in lanes_of(record) if lane != Lane.GENERAL}
    members = {row.user_id: row for row in Membership.objects.filter(current()).select_related("delegate")}
    held: dict[User, list[RoleAssignment]] = {}
    rows = RoleAssignment.objects.filter(current(), user__in=members, user__is_active=True).select_related("user")
    for row in rows.order_by("user__name", "role"):
        if _is_there(row, places):
            held.setdefault(row.user, []).append(row)
    return [
        MaySee(person, _because(roles, needed, members[person.pk]))
        for person, roles in held.items()
        if _sees(roles, needed, members[person.pk], record)
    ]


def _sees(roles: Sequence[RoleAssignment], needed: set[Capability], member: Membership, record: object) -> bool:
    """What `exists_for` answers, from roles that are fetched for everybody at once."""
    allowed = frozenset[Capability]().union(*(ROLES[row.role].allows for row in roles))
    if not {Capability.READ, *needed} <= allowed:
        return False
    if current_settings().needs_introduction and not member.introduction:
        return False
    reads_all = any(row.anchor_kind == ORGANIZATION and Capability.READ in ROLES[row.role].allows for row in roles)
    return reads_all or not lies_outside(narrowed_to(roles), record)


def _because(roles: Sequence[RoleAssignment], needed: set[Capability], member: Membership) -> str:
    counts = {Capability.READ, *needed}
    words = [f"{ROLES[row.role].label} in {row.place}" for row in roles if counts & ROLES[row.role].allows]
    if member.is_guest and member.ends_at:
        words.append(f"guest until {member.ends_at:%-d %b %Y}")
    if member.is_away():
        words.append(f"away, {member.delegate} acts for them on what they may see themselves")
    return "; ".join(dict.fromkeys(words))


def _is_there(row: RoleAssignment, places: set[tuple[str, int | None]]) -> bool:
    pk = None if row.anchor_kind == ORGANIZATION else row.anchor_id
    return (row.anchor_kind, pk) in places
