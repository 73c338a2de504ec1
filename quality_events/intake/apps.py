from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "quality_events.intake"
    label = "intake"

    def ready(self) -> None:
        from quality_events.intake import demo, registrations  # noqa: F401 - importing the demo registers it

        registrations.register()
