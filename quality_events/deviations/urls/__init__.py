"""Pages of protocol deviations."""

from django.urls import path

from quality_events.deviations.views import deviations
from quality_events.urls import event_urls

app_name = "deviations"

urlpatterns = [
    path("classify/", deviations.ClassifyMany.as_view(), name="classify"),
    path("listing/", deviations.Listing.as_view(), name="listing"),
    path("<number:number>/issue/", deviations.RaiseIssue.as_view(), name="issue"),
    *event_urls(deviations),
]
