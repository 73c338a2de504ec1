"""Pages of redactions."""

from django.urls import path

from cqms.redactions import views

app_name = "redactions"

urlpatterns = [
    path("", views.RedactionList.as_view(), name="list"),
    path("new/", views.AskForRedaction.as_view(), name="new"),
    path("<str:number>/", views.RedactionDetail.as_view(), name="redaction"),
    path("<str:number>/steps/<slug:step>/", views.RedactionStep.as_view(), name="step"),
]
