from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "quality_events.complaints"
    label = "complaints"

    def ready(self) -> None:
        from quality_events.complaints import demo, loading, registrations  # noqa: F401 - importing them registers

        registrations.register()
