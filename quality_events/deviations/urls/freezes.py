"""Pages of classification freezes."""

from quality_events.deviations.views import freezes
from quality_events.urls import event_urls

app_name = "freezes"

urlpatterns = event_urls(freezes)
