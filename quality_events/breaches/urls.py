"""Pages of serious breaches."""

from django.urls import path

from quality_events.breaches import views
from quality_events.urls import event_urls

app_name = "breaches"

urlpatterns = [
    *event_urls(views),
    path("<number:number>/sheet/", views.Sheet.as_view(), name="sheet"),
    path("<number:number>/sheet/pdf/", views.SheetPdf.as_view(), name="sheet_pdf"),
    path("<number:number>/sheet/<int:version>/", views.Sheet.as_view(), name="sent"),
]
