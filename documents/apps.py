from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "documents"
    label = "documents"

    def ready(self) -> None:
        from documents import demo, loading, registrations, tasks  # noqa: F401 - importing them registers

        registrations.register()
