"""What the portal's own pages read."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from cqms.access.anchors import ORGANIZATION, anchors
from cqms.access.models import RoleAssignment
from cqms.accounts.models import User
from cqms.audit.models import AuditEvent, Lane, SecurityEvent, kind_of
from cqms.jobs.models import Job, JobState
from cqms.organizations.models import MemberKind, Membership, Organization, OrganizationModel
from cqms.organizations.scope import scope
from cqms.organizations.selectors import every_organization
from cqms.portal.policies import may_administer
from cqms.reports.trail_export import EXPORT_TRAIL

_FEW = 10


def members() -> QuerySet[Membership]:
    """Everybody who is or was a member of the open organization."""
    rows: QuerySet[Membership] = Membership.objects.select_related(
        "user", "manager", "invited_by", "delegate", "identity_proven_by", "organization"
    )
    return rows


def members_by_name() -> list[tuple[str, str]]:
    """Everybody who is or was a member here, as (id, name)."""
    rows = Membership.objects.order_by("user__name").values_list("user_id", "user__name")
    return [(str(pk), name) for pk, name in rows]


def current() -> Q:
    """What holds now, of memberships and of roles."""
    now = timezone.now()
    return Q(starts_at__lte=now) & (Q(ends_at__isnull=True) | Q(ends_at__gt=now))


def present_people(*, without: User | None = None) -> list[User]:
    """Everybody who works here now, guests left out, by name."""
    rows = Membership.objects.filter(current(), kind=MemberKind.MEMBER).values("user")
    found = User.objects.filter(pk__in=rows, is_active=True)
    return list((found.exclude(pk=without.pk) if without else found).order_by("name"))


def midnight_after(day: date | None, organization: Organization) -> datetime | None:
    """The first moment after a day in the organization's zone; None without a day."""
    return datetime.combine(day + timedelta(days=1), time(), organization.timezone) if day else None


def last_day(moment: datetime | None, organization: Organization) -> date | None:
    """The last whole day before a moment in the organization's zone; None without one."""
    return (moment - timedelta(microseconds=1)).astimezone(organization.timezone).date() if moment else None


def roles_by_person() -> dict[int, list[RoleAssignment]]:
    """The roles held now, by person; one query."""
    found: dict[int, list[RoleAssignment]] = defaultdict(list)
    for row in RoleAssignment.objects.filter(current()).order_by("role", "anchor_label"):
        found[row.user_id].append(row)
    return found


def roles_of(person: User) -> list[RoleAssignment]:
    """Every role a person holds or held here, the newest first."""
    return list(
        RoleAssignment.objects.filter(user=person)
        .select_related("given_by", "approved_by")
        .order_by("-starts_at", "-id")
    )


def current_administrators(*, for_update: bool = False) -> list[RoleAssignment]:
    """Who administers the whole organization now; locked when the answer decides about a change."""
    rows = RoleAssignment.objects.filter(current(), role="administrator", anchor_kind=ORGANIZATION)
    return list(rows.select_for_update() if for_update else rows)


def about_person(member: Membership) -> Q:
    """The entries of the trail about a membership and the roles of that person."""
    roles = RoleAssignment.objects.filter(user=member.user_id).values("pk")
    of_member = Q(record_kind=kind_of(Membership), record_id=member.pk)
    return of_member | Q(record_kind=kind_of(RoleAssignment), record_id__in=roles)


def places(organization: Organization) -> dict[str, tuple[str, Organization | OrganizationModel]]:
    """Where a role can be held: key → (label, the place); the organization first."""
    found: dict[str, tuple[str, Organization | OrganizationModel]] = {
        _key(organization): (f"{organization}, everywhere", organization)
    }
    for kind, anchor in anchors().items():
        if kind != ORGANIZATION:
            for each in anchor.model._default_manager.order_by("pk"):
                found[_key(each)] = (str(each), each)
    return found


def exports_on_the_way(person: User) -> list[Job]:
    """What a person asked to be exported and that has no result, or none yet; the newest first."""
    jobs = Job.objects.filter(requested_by=person, kind=EXPORT_TRAIL).exclude(state=JobState.DONE)
    return list(jobs.order_by("-created_at")[:_FEW])


def security_events_of(person: User) -> QuerySet[SecurityEvent]:
    """What happened to a person's account, the newest first."""
    return SecurityEvent.objects.filter(user=person).order_by("-id")


def last_entry_of(person: User) -> datetime | None:
    """When somebody was last active in the open organization, by its trail; what they do elsewhere is told nowhere."""
    rows = AuditEvent.objects.filter(actor=person, lane=Lane.GENERAL).order_by("-id")
    return rows.values_list("at", flat=True).first()


def administered(person: User, organizations: Iterable[Organization]) -> list[Organization]:
    """Those of the organizations that a person administers; opens one after another."""
    found = []
    for organization in organizations:
        with scope(organization):
            if may_administer(person):
                found.append(organization)
    return found


def addresses_of(organizations: Collection[Organization]) -> set[str]:
    """The addresses of all members of these organizations who belong, or belonged, to no other one."""
    here: set[str] = set()
    elsewhere: set[str] = set()
    for organization in every_organization():
        with scope(organization):
            found = here if organization in organizations else elsewhere
            found.update(members().values_list("user__email", flat=True))
    return here - elsewhere


def _key(place: Organization | OrganizationModel) -> str:
    return f"{kind_of(place)}:{place.pk}"
