from django.apps import AppConfig


class NumberingConfig(AppConfig):
    name = "cqms.numbering"
    label = "numbering"
