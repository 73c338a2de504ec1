from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "cqms.portal"
    label = "portal"

    def ready(self) -> None:
        """Make the jobs known, and tell the frame and the layers below what the portal has."""
        from cqms.portal import handlers, registrations  # noqa: F401

        registrations.register()
