from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "cqms.portal"
    label = "portal"
