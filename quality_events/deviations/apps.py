from django.apps import AppConfig


class DeviationsConfig(AppConfig):
    name = "quality_events.deviations"
    label = "deviations"

    def ready(self) -> None:
        from quality_events.deviations import demo, loading, registrations, tasks  # noqa: F401 - registers
        from quality_events.deviations.imports import tasks as imports  # noqa: F401 - importing registers

        registrations.register()
