"""Suspending an organization and opening it again: by who runs the portal, with the reason in the trail."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cqms.audit import services as audit
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from cqms.organizations.selectors import organization_named


def suspend(slug: str, *, reason: str) -> Organization:
    """Let nobody and nothing work in it from now on; what it holds stays as it is. Raises ValidationError."""
    with transaction.atomic():
        found = _locked(slug, reason)
        if found.suspended_at is not None:
            raise ValidationError(f"{found} is suspended already.")
        found.suspended_at = timezone.now()
        _save(found, "suspend", "suspended the organization: nobody comes in, no program and no job works", reason)
    return found


def resume(slug: str, *, reason: str) -> Organization:
    """Open it again as it was; what fell due meanwhile is caught up. Raises ValidationError."""
    with transaction.atomic():
        found = _locked(slug, reason)
        if found.suspended_at is None:
            raise ValidationError(f"{found} is not suspended.")
        found.suspended_at = None
        _save(found, "resume", "opened the organization again", reason)
    return found


def _locked(slug: str, reason: str) -> Organization:
    found = organization_named(slug, lock=True)
    if not reason.strip():
        raise ValidationError("Give the reason: it becomes part of the trail.")
    return found


def _save(organization: Organization, verb: str, sentence: str, reason: str) -> None:
    organization.save(update_fields=["suspended_at"])
    with scope(organization):
        audit.append(organization, actor=None, verb=verb, sentence=sentence, reason=reason)  # type: ignore[arg-type]
