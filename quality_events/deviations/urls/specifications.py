"""Pages of deviation specifications."""

from quality_events.deviations.views import specifications
from quality_events.urls import event_urls

app_name = "specifications"

urlpatterns = event_urls(specifications)
