from django.apps import AppConfig


class UiConfig(AppConfig):
    """Installs the component library; it has no tables."""

    name = "cqms.ui"
    label = "ui"

    def ready(self) -> None:
        from cqms.ui.asking import speak_plainly

        speak_plainly()
