from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "cqms.reports"
    label = "reports"

    def ready(self) -> None:
        """Make the jobs known, and who marks the copies of inspectors."""
        from cqms.reports import inspection, tasks  # noqa: F401

        inspection.register()
