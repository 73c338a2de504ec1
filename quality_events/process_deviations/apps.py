from django.apps import AppConfig


class ProcessDeviationsConfig(AppConfig):
    name = "quality_events.process_deviations"
    label = "process_deviations"

    def ready(self) -> None:
        from quality_events.process_deviations import demo, registrations  # noqa: F401 - importing the demo registers it

        registrations.register()
