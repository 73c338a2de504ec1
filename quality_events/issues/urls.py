"""Pages of quality issues."""

from quality_events.issues import views
from quality_events.urls import event_urls

app_name = "issues"

urlpatterns = event_urls(views)
