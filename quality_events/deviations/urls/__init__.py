"""Pages of protocol deviations."""

from django.urls import path

from quality_events.deviations.imports import views as imports
from quality_events.deviations.views import deviations
from quality_events.urls import event_urls

app_name = "deviations"

urlpatterns = [
    path("classify/", deviations.ClassifyMany.as_view(), name="classify"),
    path("listing/", deviations.Listing.as_view(), name="listing"),
    path("<number:number>/issue/", deviations.RaiseIssue.as_view(), name="issue"),
    path("import/", imports.ImportFile.as_view(), name="import"),
    path("import/<int:key>/", imports.ImportCheck.as_view(), name="import_check"),
    path("import/<int:key>/columns/", imports.ImportColumns.as_view(), name="import_columns"),
    path("import/<int:key>/file/", imports.ImportedFile.as_view(), name="import_file"),
    *event_urls(deviations),
]
