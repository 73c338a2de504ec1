"""Addresses: the page of all events, and the set that each type has below its own."""

from typing import Any

from django.urls import URLPattern, path

from quality_events import views

app_name = "quality_events"

urlpatterns = [
    path("", views.EveryEvent.as_view(), name="list"),
    path("similar/<slug:space>/<number:number>/", views.SimilarEvents.as_view(), name="similar"),
    path("charts/", views.ChartsIndex.as_view(), name="charts"),
    path("charts/<slug:key>/", views.ChartPage.as_view(), name="chart"),
    path("charts/<slug:key>/records/", views.BehindMark.as_view(), name="behind"),
]


def event_urls(pages: Any) -> list[URLPattern]:
    """The addresses of a type: `pages` is its module of views, with List, New, Detail, Edit, Step and the parts."""
    return [
        path("", pages.List.as_view(), name="list"),
        path("new/", pages.New.as_view(), name="new"),
        path("<number:number>/", pages.Detail.as_view(), name="detail"),
        path("<number:number>/edit/", pages.Edit.as_view(), name="edit"),
        path("<number:number>/link/", pages.Link.as_view(), name="link"),
        path("<number:number>/links/<int:link>/withdraw/", pages.Unlink.as_view(), name="unlink"),
        path("<number:number>/files/", pages.Files.as_view(), name="files"),
        path("<number:number>/files/<int:file>/", pages.File.as_view(), name="file"),
        *([path("<number:number>/report/", pages.Report.as_view(), name="report")] if hasattr(pages, "Report") else []),
        path("<number:number>/steps/<slug:step>/", pages.Step.as_view(), name="step"),
    ]
