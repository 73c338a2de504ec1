from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "cqms.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Make the tasks known."""
        from cqms.jobs import tasks  # noqa: F401
