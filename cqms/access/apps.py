from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "cqms.access"
    label = "access"
