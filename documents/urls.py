"""Pages of documents."""

from django.urls import path, re_path

from documents import views

app_name = "documents"

_VERSION = "<str:number>/<str:label>/"

urlpatterns = [
    path("", views.DocumentList.as_view(), name="list"),
    path("new/", views.NewDocument.as_view(), name="new"),
    path("<str:number>/", views.DocumentDetail.as_view(), name="detail"),
    path("<str:number>/change/", views.ChangeDocument.as_view(), name="change"),
    path("<str:number>/new-version/", views.NewVersion.as_view(), name="new_version"),
    path("<str:number>/reviews/<int:review>/<slug:step>/", views.ReviewStep.as_view(), name="review"),
    path(f"{_VERSION}", views.VersionDetail.as_view(), name="version"),
    path(f"{_VERSION}edit/", views.ChangeDraft.as_view(), name="edit"),
    path(f"{_VERSION}plan-review/", views.PlanReview.as_view(), name="plan_review"),
    path(f"{_VERSION}steps/<slug:step>/", views.VersionStep.as_view(), name="step"),
    re_path(
        r"^(?P<number>[^/]+)/(?P<label>[^/]+)/files/(?P<which>pdf|source|signed)/$",
        views.Download.as_view(),
        name="download",
    ),
]
