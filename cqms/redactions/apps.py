from django.apps import AppConfig


class RedactionsConfig(AppConfig):
    name = "cqms.redactions"
    label = "redactions"

    def ready(self) -> None:
        from cqms.redactions import demo, registrations  # noqa: F401 - importing the demo registers it

        registrations.register()
