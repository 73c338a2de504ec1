"""Pages of complaints."""

from quality_events.complaints import views
from quality_events.urls import event_urls

app_name = "complaints"

urlpatterns = event_urls(views)
