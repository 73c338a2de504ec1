"""Pages of protocol deviations."""

from django.urls import path

from quality_events.deviations.views import deviations
from quality_events.urls import event_urls

app_name = "deviations"

urlpatterns = [
    path("classify/", deviations.ClassifyMany.as_view(), name="classify"),
    path("listing/", deviations.Listing.as_view(), name="listing"),
    *event_urls(deviations),
]
