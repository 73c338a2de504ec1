from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "cqms.notifications"
    label = "notifications"

    def ready(self) -> None:
        """Make the tasks known and listen to the layers below."""
        from cqms.notifications import subscribers, tasks  # noqa: F401
