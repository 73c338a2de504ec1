"""Pages of process deviations."""

from quality_events.process_deviations import views
from quality_events.urls import event_urls

app_name = "process_deviations"

urlpatterns = event_urls(views)
