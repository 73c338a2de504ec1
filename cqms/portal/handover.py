"""Open work of a person, by kind: apps register what people can hold and how it gets a new owner.

Records with an `owner` that nobody registered are handed over as they are, so that a new one is not forgotten.
A contract holds every field that names a person to what is registered here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils import timezone

from cqms.access.models import RoleRequest, RoleRequestState
from cqms.access.reach import covers
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.deadlines.models import Deadline
from cqms.organizations.models import Membership, TrackedModel
from cqms.workflow.engine import workflows

_OWNER = "owner"


@dataclass(frozen=True)
class Kind:
    """A kind of open work: what a person holds of it, and how one of them passes to another person.

    `take` is called as take(record, heir, actor, reason) and writes its own trail; it raises ValidationError for who
    cannot have it. `covers` names the fields it speaks for, as `app.model.field`.
    """

    key: str
    label: str
    held: Callable[[User], Sequence[TrackedModel]]
    take: Callable[[TrackedModel, User, User, str], object]
    covers: tuple[str, ...] = ()


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


def kinds() -> dict[str, Kind]:
    """Every kind by its key: those registered, and one for each record with an owner that none of them covers."""
    covered = {field for kind in _kinds.values() for field in kind.covers}
    more = [_owned(model) for model in _with_owner() if f"{model._meta.label_lower}.{_OWNER}" not in covered]
    return {**_kinds, **{kind.key: kind for kind in more}}


def held_by(person: User) -> list[Held]:
    """What the person holds here, by kind; kinds without any are left out."""
    found = [Held(kind.key, kind.label, list(kind.held(person))) for kind in kinds().values()]
    return [each for each in found if each.records]


def hand_over(person: User, heirs: Mapping[str, User], *, actor: User, reason: str) -> int:
    """Give everything a person holds to the heir of its kind; how many records changed hands."""
    moved, known = 0, kinds()
    for each in held_by(person):
        for record in each.records:
            _take(known[each.key], record, heirs[each.key], actor, reason)
            moved += 1
    return moved


def _take(kind: Kind, record: TrackedModel, heir: User, actor: User, reason: str) -> None:
    try:
        kind.take(record, heir, actor, reason)
    except ValidationError as problem:
        raise ValidationError({f"to:{kind.key}": f"{record}: {' '.join(problem.messages)}"}) from problem


def _with_owner() -> Iterator[type[TrackedModel]]:
    for model in apps.get_models():
        names = {field.name: field.related_model for field in model._meta.concrete_fields}
        if issubclass(model, TrackedModel) and names.get(_OWNER) is User:
            yield model


def _owned(model: type[TrackedModel]) -> Kind:
    """Records of a model that are not at their end, handed over by their owner alone."""
    label = model._meta.label_lower
    noun = str(model._meta.verbose_name_plural)
    held = partial(_open_of, model)
    return Kind(
        label,
        f"{noun[:1].upper()}{noun[1:]} they own",
        held,
        set_owner(_OWNER, "handed it over"),
        (f"{label}.{_OWNER}",),
    )


def _open_of(model: type[TrackedModel], person: User) -> Sequence[TrackedModel]:
    rows = model._default_manager.filter(**{_OWNER: person})
    life = workflows().get(model._meta.label_lower)
    if life is None:
        return list(rows)
    return list(rows.filter(state__in={state for step in life.steps for state in step.sources}))


def set_owner(field: str, sentence: str) -> Callable[[TrackedModel, User, User, str], object]:
    """A way to pass a record on by setting one field, told in the trail as “… to Name”."""

    def take(record: TrackedModel, heir: User, actor: User, reason: str) -> object:
        setattr(record, field, heir)
        return audit.save(record, actor=actor, verb="hand over", sentence=f"{sentence} to {heir}", reason=reason)

    return take


def _open_deadlines(person: User) -> Sequence[TrackedModel]:
    return list(Deadline.objects.filter(owner=person, met_at__isnull=True, cancelled_at__isnull=True))


def _people_below(person: User) -> Sequence[TrackedModel]:
    return list(Membership.objects.filter(manager=person).exclude(user=person).select_related("user"))


def _people_stood_for(person: User) -> Sequence[TrackedModel]:
    return list(Membership.objects.filter(delegate=person, away_until__gt=timezone.now()).select_related("user"))


def _stand_for(record: TrackedModel, heir: User, actor: User, reason: str) -> object:
    member = cast("Membership", record)
    if heir.pk == member.user_id or not covers(heir, member.user):
        raise ValidationError(f"{heir} may not see all that {member.user} sees. Choose somebody who may.")
    return set_owner("delegate", "let somebody else act meanwhile:")(record, heir, actor, reason)


def _requests_made(person: User) -> Sequence[TrackedModel]:
    rows = RoleRequest.objects.filter(requested_by=person, state=RoleRequestState.REQUESTED)
    return list(rows.exclude(user=person).select_related("user"))


register(
    Kind("deadlines", "Open deadlines", _open_deadlines, set_owner("owner", "handed the deadline over"),
         ("deadlines.deadline.owner",))
)  # fmt: skip
register(
    Kind("people", "People they manage", _people_below, set_owner("manager", "gave them another manager:"),
         ("organizations.membership.manager",))
)  # fmt: skip
register(
    Kind("absent", "People they act for", _people_stood_for, _stand_for, ("organizations.membership.delegate",))
)  # fmt: skip
register(
    Kind("role_requests", "Requests for roles they made", _requests_made,
         set_owner("requested_by", "handed the request over"), ("access.rolerequest.requested_by",))
)  # fmt: skip
