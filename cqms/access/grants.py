"""Role assignments turned into guardian's object permissions: the only caller of django-guardian.

One group per (role, anchor) carries one grant per capability on the anchor; people join and leave the group.
Everything here can be derived again from the role assignments, and `differences` proves that it was.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Model, Q
from django.utils import timezone
from guardian.shortcuts import assign_perm

from cqms.access.anchors import anchor_model, anchors
from cqms.access.models import RoleAssignment
from cqms.access.roles import ROLES
from cqms.audit import services as audit
from cqms.organizations.capabilities import WORDS
from cqms.organizations.scope import current_organization_id, scope_cache

_SOON = timedelta(hours=1)


def apply(assignment: RoleAssignment) -> None:
    """Bring a person's place in a group in line with an assignment that was just made or ended.

    A role given anew counts, whatever earlier assignments of the same role have ended.
    """
    same = RoleAssignment.objects.filter(
        user=assignment.user,
        role=assignment.role,
        anchor_kind=assignment.anchor_kind,
        anchor_id=assignment.anchor_id,
    )
    group = _group(assignment)
    if any(row.is_current() for row in same):
        assignment.user.groups.add(group)
    else:
        assignment.user.groups.remove(group)
    scope_cache().clear()


def align() -> int:
    """Bring all groups of the open organization in line with its role assignments; how many places and rights changed.

    A release may allow a role more or less than the one before: its groups follow, and the trail says so.
    """
    held, actual = _held(), _actual()
    for place in held.keys() - actual:
        held[place].user.groups.add(_group(held[place]))
    for person_id, name in actual - held.keys():
        Group.objects.get(name=name).user_set.remove(person_id)
    scope_cache().clear()
    return len(held.keys() ^ actual) + _align_rights()


def _align_rights() -> int:
    """Let each group have what its role allows in this release, and say in the trail what it had instead."""
    changed = 0
    for kind, anchor in anchors().items():
        rows = anchor.grants.objects.values_list("group", "group__name", "content_object_id")
        for group, name, place, has in rows.annotate(has=ArrayAgg("permission__codename")):
            role = ROLES.get(name.split(":")[1])
            allowed = {each.value for each in role.allows} if role else set()
            more, less = sorted(allowed - {*has}), sorted({*has} - allowed)
            if more or less:
                where: Any = anchor_model(kind)._default_manager.get(pk=place)
                for capability in more:
                    assign_perm(capability, Group.objects.get(pk=group), where)
                anchor.grants.objects.filter(group=group, permission__codename__in=less).delete()
                _tell(where, role.label if role else name, more, less)
            changed += len(more) + len(less)
    return changed


def _tell(where: Any, role: str, more: list[str], less: list[str]) -> None:
    told = (("given", more), ("taken", less))
    parts = [f"{word}: {', '.join(WORDS.get(each, each) for each in some)}" for word, some in told if some]  # type: ignore[call-overload]
    sentence = f"brought the rights of the role {role} in line with what it allows ({'; '.join(parts)})"
    audit.append(where, actor=None, verb="align rights", sentence=sentence)


def differences() -> list[str]:
    """Where groups and role assignments of the open organization disagree, in words; empty when they agree."""
    held, actual = _held().keys(), _actual()
    missing = [f"person {person} lacks {name}" for person, name in sorted(held - actual)]
    return missing + [f"person {person} has {name} without a role" for person, name in sorted(actual - held)]


def without_a_role() -> Iterator[str]:
    """What people reach in the open organization although no role gives it: somebody wrote it into the database.

    A role that ended just now counts: beat takes the place in its group away within minutes.
    """
    since = timezone.now() - _SOON
    rows = RoleAssignment.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=since))
    held = {(row.user_id, _group_name(row)) for row in rows}
    for person_id, name in sorted(_actual() - held):
        yield f"The account in row {person_id} of accounts_user is in the group {name}, which no role of theirs gives."
    prefix = str(current_organization_id())
    allowed = {(role.key, each.value) for role in ROLES.values() for each in role.allows}
    for kind, anchor in anchors().items():
        table = anchor.grants._meta.db_table
        told = anchor.grants.objects.values_list("pk", "group__name", "permission__codename", "content_object_id")
        for pk, name, capability, place in told.order_by("pk"):
            head, role, *where = (*name.split(":"), "", "")[:4]
            if [head, *where] != [prefix, kind, str(place)] or (role, capability) not in allowed:
                yield f"The group {name} has the right {capability} by row {pk} of {table}, which no role gives it."


def _held() -> dict[tuple[int, str], RoleAssignment]:
    """Who must be in which group, and why."""
    rows = RoleAssignment.objects.select_related("user")
    return {(row.user_id, _group_name(row)): row for row in rows if row.is_current()}


def _actual() -> set[tuple[int, str]]:
    prefix = f"{current_organization_id()}:"
    return set(Group.objects.filter(name__startswith=prefix, user__isnull=False).values_list("user__id", "name"))


def _group(assignment: RoleAssignment) -> Group:
    group, is_new = Group.objects.get_or_create(name=_group_name(assignment))
    if is_new:
        anchor: Model = anchor_model(assignment.anchor_kind)._default_manager.get(pk=assignment.anchor_id)
        for capability in sorted(ROLES[assignment.role].allows):
            assign_perm(capability.value, group, anchor)
    return group


def _group_name(assignment: RoleAssignment) -> str:
    return f"{current_organization_id()}:{assignment.role}:{assignment.anchor_kind}:{assignment.anchor_id}"
