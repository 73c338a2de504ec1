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
    """The addresses of a type: `pages` is its module of views, with List, New, Detail, Edit and Step.

    What belongs to every event alike – links, files, the printed report – needs no page of the type's own.
    """
    model = pages.Detail.model
    return [
        path("", pages.List.as_view(), name="list"),
        path("new/", pages.New.as_view(), name="new"),
        path("<number:number>/", pages.Detail.as_view(), name="detail"),
        path("<number:number>/edit/", pages.Edit.as_view(), name="edit"),
        path("<number:number>/link/", views.LinkEvent.as_view(model=model), name="link"),
        path("<number:number>/links/<int:link>/withdraw/", views.WithdrawLink.as_view(model=model), name="unlink"),
        path("<number:number>/files/", views.AddFiles.as_view(model=model), name="files"),
        path("<number:number>/files/<int:file>/", views.EventFile.as_view(model=model), name="file"),
        path("<number:number>/report/", views.PrintEvent.as_view(model=model), name="report"),
        path("<number:number>/steps/<slug:step>/", pages.Step.as_view(), name="step"),
    ]
