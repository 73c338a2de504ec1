"""Members and roles: who belongs, who may do what. Each change is tracked and derived into grants at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cqms.access import grants
from cqms.access.models import RoleAssignment
from cqms.access.roles import ROLES
from cqms.access.segregation import NO_RIGHT_FOR_ONESELF, conflict
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.configuration.selectors import current_settings
from cqms.organizations.models import MemberKind, Membership, Organization, OrganizationModel
from cqms.organizations.scope import current_organization_id, scope, scope_cache

Place = Organization | OrganizationModel
_GUEST_ROLES = frozenset(
    {"author", "approver", "auditor", "medical_monitor", "site_staff", "vendor", "reader", "inspector"}
)


@dataclass(frozen=True)
class Narrowing:
    """Some countries (ISO 3166-1 alpha-2) and sites (their numbers) of an anchor; none means all of it."""

    countries: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


EVERYWHERE = Narrowing()


@dataclass(frozen=True)
class Terms:
    """Who agreed to a role besides who gave it, from when it is held (None: from now), and whether by a claim only."""

    approved_by: User | None = None
    by_claim: bool = False
    starts_at: datetime | None = None


BY_HAND = Terms()


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
    kind: str = MemberKind.MEMBER,
    starts_at: datetime | None = None,
) -> Membership:
    """Let a person belong to the open organization. A former member's row is opened again, never doubled."""
    known = Membership.objects.select_for_update().filter(user=person).first()
    member = known or Membership(user=person)
    member.department, member.manager, member.ends_at = department, manager, ends_at
    member.kind, member.invited_by = kind, actor
    member.starts_at = starts_at or member.starts_at
    audit.save(member, actor=actor, verb="admit", sentence=f"let {person} in")
    scope_cache().clear()
    return member


def end_membership(member: Membership, *, actor: User, reason: str) -> Membership:
    """End a membership now, and every role with it; what the person did stays in history under their name."""
    with transaction.atomic():
        for held in RoleAssignment.objects.filter(user=member.user):
            end_role(held, actor=actor, reason=reason)
        member.ends_at = timezone.now()
        audit.save(member, actor=actor, verb="leave", sentence=f"ended the membership of {member.user}", reason=reason)
    return member


def give_role(
    person: User,
    role: str,
    *,
    actor: User | None,
    at: Place | None = None,
    ends_at: datetime | None = None,
    only: Narrowing = EVERYWHERE,
    terms: Terms = BY_HAND,
) -> RoleAssignment:
    """Give a role in the open organization, or at one anchor below it, there perhaps for some countries or sites only.

    Raises ValidationError for an unknown role, a person who is no member, a role given to oneself, one that does not
    go together with another (`segregation`), and for what guests and inspectors do not get.
    """
    place = at or Organization.objects.get(pk=current_organization_id())
    if actor is not None and actor.pk == person.pk:
        raise ValidationError({"role": NO_RIGHT_FOR_ONESELF.sentence})
    check_gift(person, role, place, ends_at, only, founding=actor is None and not terms.by_claim)
    with transaction.atomic():
        assignment = audit.save(
            RoleAssignment(
                user=person,
                role=role,
                anchor_kind=place._meta.label_lower,
                anchor_id=place.pk,
                anchor_label=str(place)[:300],
                starts_at=max(terms.starts_at or timezone.now(), timezone.now()),
                ends_at=ends_at,
                given_by=actor,
                approved_by=terms.approved_by,
                by_claim=terms.by_claim,
                countries=list(only.countries),
                sites=list(only.sites),
            ),
            actor=terms.approved_by or actor,
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


def move_end(assignment: RoleAssignment, ends_at: datetime | None, *, actor: User, reason: str) -> RoleAssignment:
    """Let a role end at another moment, because the stay of its person does."""
    if ROLES[assignment.role].is_for_a_time and ends_at is not None:
        check_length(ends_at, of="This role lasts")
    with transaction.atomic():
        assignment.ends_at = ends_at
        audit.save(assignment, actor=actor, verb="move end", sentence=f"moved the end of {assignment}", reason=reason)
        grants.apply(assignment)
    return assignment


def end_lapsed_roles() -> int:
    """Derive the grants of roles whose end, or beginning, has come; how many changed. Run by beat everywhere."""
    return grants.align()


def check_gift(
    person: User, role: str, place: Place, ends_at: datetime | None, only: Narrowing, *, founding: bool = False
) -> None:
    """Whether a person can hold a role there until then. Raises ValidationError with a sentence beside the field."""
    if role not in ROLES:
        raise ValidationError({"role": "Choose one of the roles in the list."})
    member = Membership.objects.filter(user=person).first()
    if member is None:
        raise ValidationError({"user": f"{person} is not a member of this organization yet."})
    against = "" if founding else conflict(person, role)
    if against:
        raise ValidationError({"role": against})
    _check_guest(member, role, place)
    if ends_at is None and _holds_for_good(person, role, place):
        raise ValidationError({"role": f"{person} holds this role there already."})
    if only != EVERYWHERE and isinstance(place, Organization):
        raise ValidationError({"place": "Countries and sites narrow a role in a study, not in the organization."})
    if ROLES[role].is_for_a_time and ends_at is None:
        raise ValidationError({"until": f"{ROLES[role].label} is a role until a day. Say until when."})
    if ROLES[role].is_for_a_time and ends_at is not None:
        check_length(ends_at, of="This role lasts")
    if member.ends_at is not None and ends_at is not None and ends_at > member.ends_at:
        raise ValidationError({"until": "The membership ends before that day."})


def check_length(ends_at: datetime, *, of: str) -> None:
    """Whether a stay, or a role for a time, is no longer than the settings allow. Raises ValidationError."""
    longest = timedelta(days=current_settings().guest_days)
    if ends_at > timezone.now() + longest + timedelta(days=1):
        raise ValidationError({"until": f"{of} {longest.days} days at most (settings of the organization)."})


def _holds_for_good(person: User, role: str, place: Place) -> bool:
    """Whether the role is held there without an end. Who gives it at the same moment waits here for the other."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    held = RoleAssignment.objects.filter(user=person, role=role, ends_at__isnull=True)
    return held.filter(anchor_kind=place._meta.label_lower, anchor_id=place.pk).exists()


def _check_guest(member: Membership, role: str, place: Place) -> None:
    if not member.is_guest:
        return
    if isinstance(place, Organization):
        raise ValidationError({"place": "A guest holds roles in one study or audit only."})
    if role not in _GUEST_ROLES:
        raise ValidationError({"role": f"{ROLES[role].label} is not a role for guests."})
