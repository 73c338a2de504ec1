from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "cqms.api"
    label = "api"

    def ready(self) -> None:
        from cqms.api import docs, schema  # noqa: F401 - drf-spectacular finds extensions that were imported

        docs.register()
