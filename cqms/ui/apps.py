from django.apps import AppConfig


class UiConfig(AppConfig):
    """Installs the component library; it has no tables."""

    name = "cqms.ui"
    label = "ui"
