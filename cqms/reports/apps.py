from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "cqms.reports"
    label = "reports"

    def ready(self) -> None:
        """Make the jobs known."""
        from cqms.reports import tasks  # noqa: F401
