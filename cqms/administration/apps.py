from django.apps import AppConfig


class AdministrationConfig(AppConfig):
    name = "cqms.administration"
    label = "administration"

    def ready(self) -> None:
        from cqms.administration import demo, registrations  # noqa: F401 - importing the demo registers it

        registrations.register()
