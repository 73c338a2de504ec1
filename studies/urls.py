"""Pages of studies."""

from django.urls import path

from studies import views

app_name = "studies"

urlpatterns = [
    path("", views.StudyList.as_view(), name="list"),
    path("new/", views.StudyCreate.as_view(), name="new"),
    path("<number:number>/", views.StudyDetail.as_view(), name="detail"),
    path("<number:number>/edit/", views.StudyEdit.as_view(), name="edit"),
    path("<number:number>/sites/new/", views.SiteCreate.as_view(), name="site_new"),
    path("<number:number>/sites/<number:site>/edit/", views.SiteEdit.as_view(), name="site_edit"),
]
