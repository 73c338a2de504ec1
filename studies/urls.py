"""Pages of studies."""

from django.urls import path

from studies import views

app_name = "studies"

urlpatterns = [
    path("", views.StudyList.as_view(), name="list"),
    path("new/", views.StudyCreate.as_view(), name="new"),
    path("<study_number:number>/", views.StudyDetail.as_view(), name="detail"),
    path("<study_number:number>/edit/", views.StudyEdit.as_view(), name="edit"),
    path("<study_number:number>/sites/new/", views.SiteCreate.as_view(), name="site_new"),
    path("<study_number:number>/sites/<study_number:site>/edit/", views.SiteEdit.as_view(), name="site_edit"),
]
