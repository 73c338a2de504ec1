from django.apps import AppConfig


class StudiesConfig(AppConfig):
    name = "studies"
    label = "studies"

    def ready(self) -> None:
        from studies import demo, registrations  # noqa: F401 - importing the demo registers it

        registrations.register()
