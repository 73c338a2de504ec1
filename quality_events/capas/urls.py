"""Pages of CAPAs."""

from django.urls import path

from quality_events.capas import views
from quality_events.capas.views import parts
from quality_events.urls import event_urls

app_name = "capas"

urlpatterns = [
    *event_urls(views),
    path("<number:number>/analysis/", parts.Analysis.as_view(), name="analysis"),
    path("<number:number>/causes/new/", parts.NewCause.as_view(), name="cause_new"),
    path("<number:number>/causes/<int:part>/", parts.ChangeCause.as_view(), name="cause"),
    path("<number:number>/criterion/", parts.Criterion.as_view(), name="criterion"),
    path("<number:number>/counted/", parts.CountedEvents.as_view(), name="counted"),
    path("<number:number>/actions/new/", parts.NewAction.as_view(), name="action_new"),
    path("<number:number>/actions/<int:part>/", parts.ChangeAction.as_view(), name="action"),
    path("<number:number>/actions/<int:part>/done/", parts.CompleteAction.as_view(), name="action_done"),
    path("<number:number>/actions/<int:part>/files/<int:file>/", parts.ActionFile.as_view(), name="action_file"),
    path("<number:number>/extension/", parts.AskExtension.as_view(), name="extension"),
    path("<number:number>/extensions/<int:part>/", parts.DecideExtension.as_view(), name="extension_decide"),
]
