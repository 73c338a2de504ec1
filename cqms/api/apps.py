from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "cqms.api"
    label = "api"
