"""Who belongs where."""

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from cqms.accounts.models import User
from cqms.organizations.models import Membership, Organization
from cqms.organizations.prepared import Prepared
from cqms.organizations.scope import current_organization_id, person_scope, scope


def memberships_of(person: User) -> list[Membership]:
    """The person's current memberships in all organizations, by name; the one read across organizations.

    It goes around the manager on purpose; the database still shows the person's own rows only.
    """
    with person_scope(person):
        return [row for row in _MEMBERSHIPS.ask(person=person.pk) if row.is_current()]


def person_with_memberships(pk: int) -> User | None:
    """A person, and where they belong now in `known_memberships`; one query, two for who never belonged anywhere."""
    with person_scope(User(pk=pk)):
        rows = _MEMBERSHIPS.ask(person=pk)
    person = rows[0].user if rows else User.objects.filter(pk=pk).first()
    if person is not None:
        person.known_memberships = [row for row in rows if row.is_current()]
    return person


def _memberships(person: int) -> QuerySet[Membership]:
    rows: QuerySet[Membership] = QuerySet(Membership).filter(user=person)
    return rows.select_related("organization", "user").order_by("organization__name")


_MEMBERSHIPS = Prepared(_memberships, person=int)


def belongs_elsewhere(person: User) -> bool:
    """Whether the person is a member of another organization than the open one; opens one after another."""
    here = current_organization_id()
    for organization in every_organization():
        if organization.pk != here:
            with scope(organization):
                row = Membership.objects.filter(user=person).first()
                if row is not None and row.is_current():
                    return True
    return False


def organization_named(slug: str, *, lock: bool = False) -> Organization:
    """The organization with that short name. Raises ValidationError, which says which ones there are."""
    rows = Organization.objects.select_for_update() if lock else Organization.objects
    found: Organization | None = rows.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Organization.objects.order_by("slug").values_list("slug", flat=True))
        raise ValidationError(f"There is no organization {slug}. There are: {known}.")
    return found


def every_organization() -> list[Organization]:
    """All organizations, suspended ones too: for what keeps their data whole, such as sealing."""
    return list(Organization.objects.order_by("pk"))


def working_organizations() -> list[Organization]:
    """The organizations that are not suspended, for work that beat does in each of them; the others catch up later."""
    return list(Organization.objects.filter(suspended_at__isnull=True).order_by("pk"))
