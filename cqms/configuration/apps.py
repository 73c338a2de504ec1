from django.apps import AppConfig


class ConfigurationConfig(AppConfig):
    name = "cqms.configuration"
    label = "configuration"
