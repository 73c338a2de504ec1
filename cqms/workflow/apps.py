from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    name = "cqms.workflow"
    label = "workflow"
