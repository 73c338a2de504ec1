"""Role assignments turned into guardian's object permissions: the only caller of django-guardian.

One group per (role, anchor) carries one grant per capability on the anchor; people join and leave the group.
Everything here can be derived again from the role assignments, and `differences` proves that it was.
"""

from django.contrib.auth.models import Group
from django.db.models import Model
from guardian.shortcuts import assign_perm

from cqms.access.anchors import anchor_model
from cqms.access.models import RoleAssignment
from cqms.access.roles import ROLES
from cqms.organizations.scope import current_organization_id, scope_cache


def apply(assignment: RoleAssignment) -> None:
    """Bring the groups in line with an assignment that was just made or ended."""
    group = _group(assignment)
    if assignment.is_current():
        assignment.user.groups.add(group)
    else:
        assignment.user.groups.remove(group)
    scope_cache().clear()


def differences() -> list[str]:
    """Where groups and role assignments of the open organization disagree, in words; empty when they agree."""
    expected = {(a.user_id, _group_name(a)) for a in RoleAssignment.objects.all() if a.is_current()}
    prefix = f"{current_organization_id()}:"
    actual = set(Group.objects.filter(name__startswith=prefix, user__isnull=False).values_list("user__id", "name"))
    missing = [f"person {person} lacks {name}" for person, name in sorted(expected - actual)]
    return missing + [f"person {person} has {name} without a role" for person, name in sorted(actual - expected)]


def _group(assignment: RoleAssignment) -> Group:
    group, is_new = Group.objects.get_or_create(name=_group_name(assignment))
    if is_new:
        anchor: Model = anchor_model(assignment.anchor_kind)._default_manager.get(pk=assignment.anchor_id)
        for capability in sorted(ROLES[assignment.role].allows):
            assign_perm(capability.value, group, anchor)
    return group


def _group_name(assignment: RoleAssignment) -> str:
    return f"{current_organization_id()}:{assignment.role}:{assignment.anchor_kind}:{assignment.anchor_id}"
