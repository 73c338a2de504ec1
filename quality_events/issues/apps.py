from django.apps import AppConfig


class IssuesConfig(AppConfig):
    name = "quality_events.issues"
    label = "issues"

    def ready(self) -> None:
        from quality_events.issues import demo, registrations  # noqa: F401 - importing the demo registers it

        registrations.register()
