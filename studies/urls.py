"""Pages of studies."""

from django.urls import path

from studies import views
from studies.conduct import views as conduct
from studies.registry import views as registry

app_name = "studies"

urlpatterns = [
    path("", views.StudyList.as_view(), name="list"),
    path("new/", views.StudyCreate.as_view(), name="new"),
    path("register/", registry.RecordFile.as_view(), name="register"),
    path("register/<str:sha256>/", registry.RecordPreview.as_view(), name="register_preview"),
    path("<number:number>/", views.StudyDetail.as_view(), name="detail"),
    path("<number:number>/edit/", views.StudyEdit.as_view(), name="edit"),
    path("<number:number>/sites/new/", views.SiteCreate.as_view(), name="site_new"),
    path("<number:number>/sites/<number:site>/edit/", views.SiteEdit.as_view(), name="site_edit"),
    path("<number:number>/milestones/<slug:kind>/", conduct.MilestoneEdit.as_view(), name="milestone"),
    path("<number:number>/protocol/new/", conduct.ProtocolCreate.as_view(), name="protocol_new"),
    path("<number:number>/protocol/<number:label>/edit/", conduct.ProtocolEdit.as_view(), name="protocol_edit"),
    path("<number:number>/randomisation/", conduct.Randomisation.as_view(), name="randomisation"),
    path("<number:number>/randomisation/edit/", conduct.RandomisationEdit.as_view(), name="randomisation_edit"),
    path("<number:number>/participants/", conduct.ParticipantsEdit.as_view(), name="participants"),
    path("<number:number>/participants/file/", conduct.ParticipantsFile.as_view(), name="participants_file"),
]
