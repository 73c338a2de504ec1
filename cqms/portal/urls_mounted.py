"""Every address as it resolves inside an organization: there the organization's own pages come first."""

from django.urls import include, path

from cqms.urls import handler403, handler404, handler500
from cqms.urls import urlpatterns as everywhere

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("", include("cqms.portal.urls")), *everywhere]
