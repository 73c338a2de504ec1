from django.apps import AppConfig


class QualityEventsConfig(AppConfig):
    name = "quality_events"
    label = "quality_events"

    def ready(self) -> None:
        from quality_events import registrations, tasks  # noqa: F401 - importing them registers

        registrations.register()
