"""Open work of a person, by kind: apps register what people can hold and how it gets a new owner."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.deadlines.models import Deadline
from cqms.organizations.models import Membership, TrackedModel


@dataclass(frozen=True)
class Kind:
    """A kind of open work: what a person holds of it, and how one of them passes to another person.

    `take` is called as take(record, heir, actor, reason) and writes its own trail.
    """

    key: str
    label: str
    held: Callable[[User], Sequence[TrackedModel]]
    take: Callable[[TrackedModel, User, User, str], object]


@dataclass(frozen=True)
class Held:
    """What one person holds of one kind."""

    key: str
    label: str
    records: Sequence[TrackedModel]


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Let leavers hand over this kind of work."""
    _kinds[kind.key] = kind


def held_by(person: User) -> list[Held]:
    """What the person holds here, by kind; kinds without any are left out."""
    found = [Held(kind.key, kind.label, list(kind.held(person))) for kind in _kinds.values()]
    return [each for each in found if each.records]


def hand_over(person: User, heirs: Mapping[str, User], *, actor: User, reason: str) -> int:
    """Give everything a person holds to the heir of its kind; how many records changed hands."""
    moved = 0
    for each in held_by(person):
        for record in each.records:
            _kinds[each.key].take(record, heirs[each.key], actor, reason)
            moved += 1
    return moved


def set_owner(field: str, sentence: str) -> Callable[[TrackedModel, User, User, str], object]:
    """A way to pass a record on by setting one field, told in the trail as “… to Name”."""

    def take(record: TrackedModel, heir: User, actor: User, reason: str) -> object:
        setattr(record, field, heir)
        return audit.save(record, actor=actor, verb="hand over", sentence=f"{sentence} to {heir}", reason=reason)

    return take


def _open_deadlines(person: User) -> Sequence[TrackedModel]:
    return list(Deadline.objects.filter(owner=person, met_at__isnull=True, cancelled_at__isnull=True))


def _people_below(person: User) -> Sequence[TrackedModel]:
    return list(Membership.objects.filter(manager=person).select_related("user"))


register(Kind("deadlines", "Open deadlines", _open_deadlines, set_owner("owner", "handed the deadline over")))
register(Kind("people", "People they manage", _people_below, set_owner("manager", "gave them another manager:")))
