from django.apps import AppConfig


class CapasConfig(AppConfig):
    name = "quality_events.capas"
    label = "capas"

    def ready(self) -> None:
        from quality_events.capas import charting, demo, loading, registrations, subscribers  # noqa: F401 - registers

        registrations.register()
