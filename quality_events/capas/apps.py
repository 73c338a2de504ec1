from django.apps import AppConfig


class CapasConfig(AppConfig):
    name = "quality_events.capas"
    verbose_name = "CAPAs"
    label = "capas"

    def ready(self) -> None:
        from quality_events.capas import charting, demo, loading, registrations, subscribers  # noqa: F401 - registers

        registrations.register()
