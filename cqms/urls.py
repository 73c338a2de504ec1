"""Every address. Pages of an organization are mounted under /o/<short name>/ by the middleware, not here."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from cqms.api import errors as api_errors
from cqms.api import urls as api
from cqms.portal import errors

_API = "/api/v1/"

_APIS = (
    "cqms.api.search",
    "cqms.api.past",
    "cqms.portal.api",
    "cqms.administration.api",
    "cqms.trail_reviews.api",
    "cqms.redactions.api",
    "studies.api",
    "studies.conduct.api",
    "documents.api",
    "quality_events.intake.api",
    "quality_events.issues.api",
    "quality_events.deviations.api",
    "quality_events.deviations.imports.api",
    "quality_events.breaches.api",
    "quality_events.complaints.api",
    "quality_events.process_deviations.api",
    "quality_events.changes.api",
    "quality_events.capas.api",
)

urlpatterns = [
    path("", include("cqms.portal.urls_outside")),
    path("accounts/", include("cqms.portal.urls_accounts")),
    path("styleguide/", include("cqms.ui.urls")),
    path("api/", include(api.mounted(*_APIS))),
    path("", include("cqms.portal.urls")),
    path("trail-reviews/", include("cqms.trail_reviews.urls")),
    path("redactions/", include("cqms.redactions.urls")),
    path("administration/", include("cqms.administration.urls")),
    path("studies/", include("studies.urls")),
    path("documents/", include("documents.urls")),
    path("quality-events/", include("quality_events.urls")),
    path("quality-events/intake/", include("quality_events.intake.urls")),
    path("quality-events/issues/", include("quality_events.issues.urls")),
    path("quality-events/deviations/", include("quality_events.deviations.urls")),
    path("quality-events/specifications/", include("quality_events.deviations.urls.specifications")),
    path("quality-events/freezes/", include("quality_events.deviations.urls.freezes")),
    path("quality-events/breaches/", include("quality_events.breaches.urls")),
    path("quality-events/complaints/", include("quality_events.complaints.urls")),
    path("quality-events/process-deviations/", include("quality_events.process_deviations.urls")),
    path("quality-events/changes/", include("quality_events.changes.urls")),
    path("quality-events/capas/", include("quality_events.capas.urls")),
]

handler403 = "cqms.portal.errors.forbidden"
handler404 = "cqms.portal.errors.not_found"


def handler500(request: HttpRequest) -> HttpResponse:
    """A failure in the shape of what was asked: JSON for programs, a page for people."""
    is_for_programs = request.path.startswith(_API)
    return api_errors.failed(request) if is_for_programs else errors.failed(request)
