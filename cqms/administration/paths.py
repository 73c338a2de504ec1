"""The addresses of records that administration shows."""

from django.urls import reverse

from cqms.access.models import AccessReview, RoleRequest
from cqms.configuration.models import VersionOfSettings


def version_path(version: VersionOfSettings, view: str = "administration:settings_version", **more: str) -> str:
    """The address of a version of the settings, or of one of its steps."""
    return reverse(view, kwargs={"number": version.number, **more})


def request_path(request: RoleRequest, view: str = "administration:request", **more: str) -> str:
    """The address of a request for a role, or of one of its steps."""
    return reverse(view, kwargs={"wish": request.pk, **more})


def review_path(review: AccessReview, view: str = "administration:review", **more: str) -> str:
    """The address of a reviewer's part of a campaign, or of one of its forms."""
    return reverse(view, kwargs={"review": review.pk, **more})
