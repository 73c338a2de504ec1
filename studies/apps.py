from django.apps import AppConfig


class StudiesConfig(AppConfig):
    name = "studies"
    label = "studies"

    def ready(self) -> None:
        from studies import demo, loading, registrations  # noqa: F401 - importing them registers
        from studies.registry import tasks  # noqa: F401

        registrations.register()
