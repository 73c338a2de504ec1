from django.apps import AppConfig


class SignaturesConfig(AppConfig):
    name = "cqms.signatures"
    label = "signatures"
