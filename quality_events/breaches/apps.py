from django.apps import AppConfig


class BreachesConfig(AppConfig):
    name = "quality_events.breaches"
    label = "breaches"

    def ready(self) -> None:
        from quality_events.breaches import demo, loading, registrations, subscribers, tasks  # noqa: F401 - registers

        registrations.register()
