from django.apps import AppConfig


class IssuesConfig(AppConfig):
    name = "quality_events.issues"
    label = "issues"

    def ready(self) -> None:
        from quality_events.issues import demo, loading, registrations  # noqa: F401 - importing them registers

        registrations.register()
