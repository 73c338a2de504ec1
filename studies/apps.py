from django.apps import AppConfig


class StudiesConfig(AppConfig):
    name = "studies"
    label = "studies"

    def ready(self) -> None:
        from studies import registrations

        registrations.register()
