"""Every address. Pages of an organization are mounted under /o/<short name>/ by the middleware, not here."""

from django.urls import include, path

from cqms.api import urls as api

urlpatterns = [
    path("", include("cqms.portal.urls_outside")),
    path("accounts/", include("cqms.portal.urls_accounts")),
    path("styleguide/", include("cqms.ui.urls")),
    path("api/", include(api.mounted("studies.api", "documents.api"))),
    path("", include("cqms.portal.urls")),
    path("studies/", include("studies.urls")),
    path("documents/", include("documents.urls")),
]

handler403 = "cqms.portal.errors.forbidden"
handler404 = "cqms.portal.errors.not_found"
handler500 = "cqms.portal.errors.failed"
