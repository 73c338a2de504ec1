"""Members and roles: who belongs, who may do what. Each change is tracked and derived into grants at once."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cqms.access import grants
from cqms.access.models import RoleAssignment
from cqms.access.roles import ROLES
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.organizations.models import Membership, Organization, OrganizationModel
from cqms.organizations.scope import current_organization_id, scope, scope_cache

Place = Organization | OrganizationModel


def found_organization(*, name: str, slug: str, zone: str, administrator: User) -> Organization:
    """Make an organization with its first administrator, who then lets everybody else in."""
    organization = Organization(name=name, slug=slug, zone=zone)
    organization.full_clean()
    with transaction.atomic():
        organization.save()
        with scope(organization):
            add_member(administrator, actor=None)
            give_role(administrator, "administrator", actor=None)
    return organization


def add_member(
    person: User,
    *,
    actor: User | None,
    department: str = "",
    manager: User | None = None,
    ends_at: datetime | None = None,
) -> Membership:
    """Let a person belong to the open organization. A former member's row is opened again, never doubled."""
    known = Membership.objects.select_for_update().filter(user=person).first()
    member = known or Membership(user=person)
    member.department, member.manager, member.ends_at = department, manager, ends_at
    audit.save(member, actor=actor, verb="admit", sentence=f"let {person} in")
    scope_cache().clear()
    return member


def end_membership(member: Membership, *, actor: User, reason: str) -> Membership:
    """End a membership now, and every role with it; what the person did stays in history under their name."""
    with transaction.atomic():
        for held in RoleAssignment.objects.filter(user=member.user, ends_at__isnull=True):
            end_role(held, actor=actor, reason=reason)
        member.ends_at = timezone.now()
        audit.save(member, actor=actor, verb="leave", sentence=f"ended the membership of {member.user}", reason=reason)
    return member


def give_role(
    person: User, role: str, *, actor: User | None, at: Place | None = None, ends_at: datetime | None = None
) -> RoleAssignment:
    """Give a role in the open organization, or at one anchor below it.

    Raises ValidationError for an unknown role, a person who is no member, and a role given to oneself
    (segregation of duties, EMA A3.3).
    """
    _check_gift(person, role, actor)
    place = at or Organization.objects.get(pk=current_organization_id())
    with transaction.atomic():
        assignment = audit.save(
            RoleAssignment(
                user=person,
                role=role,
                anchor_kind=place._meta.label_lower,
                anchor_id=place.pk,
                anchor_label=str(place)[:300],
                ends_at=ends_at,
                given_by=actor,
            ),
            actor=actor,
            verb="give role",
            sentence=f"gave {person} the role {ROLES[role].label} in {place}",
        )
        grants.apply(assignment)
    return assignment


def end_role(assignment: RoleAssignment, *, actor: User | None, reason: str) -> RoleAssignment:
    """Take a role back, now. A role that has ended already stays as it is."""
    if assignment.ends_at is not None and assignment.ends_at <= timezone.now():
        return assignment
    with transaction.atomic():
        assignment.ends_at = timezone.now()
        audit.save(assignment, actor=actor, verb="end role", sentence=f"ended {assignment}", reason=reason)
        grants.apply(assignment)
    return assignment


def end_lapsed_roles() -> int:
    """Derive the grants of roles whose end, or beginning, has come; how many changed. Run by beat everywhere."""
    return grants.align()


def _check_gift(person: User, role: str, actor: User | None) -> None:
    if role not in ROLES:
        raise ValidationError({"role": "Choose one of the roles in the list."})
    if actor is not None and actor.pk == person.pk:
        raise ValidationError({"role": "Nobody gives a role to themselves. Ask another administrator (EMA A3.3)."})
    if not Membership.objects.filter(user=person).exists():
        raise ValidationError({"user": f"{person} is not a member of this organization yet."})
