"""Pages of intake."""

from django.urls import path

from quality_events.intake import views
from quality_events.urls import event_urls

app_name = "intake"

urlpatterns = [path("received/<str:receipt>/", views.Received.as_view(), name="received"), *event_urls(views)]
