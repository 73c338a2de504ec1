from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "cqms.identity"
    label = "identity"
