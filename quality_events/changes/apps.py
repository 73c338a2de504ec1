from django.apps import AppConfig


class ChangesConfig(AppConfig):
    name = "quality_events.changes"
    label = "changes"

    def ready(self) -> None:
        from quality_events.changes import demo, loading, registrations  # noqa: F401 - importing them registers

        registrations.register()
