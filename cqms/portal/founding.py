"""How an empty portal gets its first organization and the administrator who lets everybody else in."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from cqms.access import services as access
from cqms.accounts import services as accounts
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import SecurityEventKind
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from cqms.portal.selectors import current_administrators


def found(*, name: str, slug: str, zone: str, email: str, person: str) -> User:
    """Make an organization with its administrator, who gets an account unless they have one.

    Safe to run again: an organization that this person administers already is left as it is. Raises ValidationError
    for anything else of that name or address, for an unknown zone, for what is no address and for a closed account.
    """
    validate_email(email)
    administrator = User.objects.filter(email=email.strip().lower()).first()
    organization = Organization.objects.filter(slug=slug, name=name).first()
    if organization and administrator and _administers(administrator, organization):
        return administrator
    if administrator and not administrator.is_active:
        raise ValidationError("This account is closed and is not opened again.")
    with transaction.atomic():
        if administrator is None:
            administrator = accounts.open_account(email=email, name=person, zone=zone)
            audit.note_security(SecurityEventKind.ACCOUNT_OPENED, user=administrator)
        access.found_organization(name=name, slug=slug, zone=zone, administrator=administrator)
    return administrator


def _administers(person: User, organization: Organization) -> bool:
    with scope(organization):
        return any(row.user_id == person.pk for row in current_administrators())
