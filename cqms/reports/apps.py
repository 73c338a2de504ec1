from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "cqms.reports"
    label = "reports"
