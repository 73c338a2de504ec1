from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "cqms.deadlines"
    label = "deadlines"

    def ready(self) -> None:
        """Make the tasks known and stand in the Inbox."""
        from cqms.deadlines import inbox, tasks  # noqa: F401
