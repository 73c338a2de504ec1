"""Pages of changes."""

from django.urls import path

from quality_events.changes import views
from quality_events.changes.views import parts
from quality_events.urls import event_urls

app_name = "changes"

urlpatterns = [
    *event_urls(views),
    path("<number:number>/plan/", parts.Plan.as_view(), name="plan"),
    path("<number:number>/assessments/new/", parts.Ask.as_view(), name="ask"),
    path("<number:number>/assessments/<int:part>/<slug:step>/", parts.Assess.as_view(), name="assessment"),
    path("<number:number>/tasks/new/", parts.NewTask.as_view(), name="task_new"),
    path("<number:number>/tasks/<int:part>/", parts.EditTask.as_view(), name="task"),
    path("<number:number>/tasks/<int:part>/done/", parts.CompleteTask.as_view(), name="task_done"),
    path("<number:number>/tasks/<int:part>/files/<int:file>/", parts.TaskFile.as_view(), name="task_file"),
]
