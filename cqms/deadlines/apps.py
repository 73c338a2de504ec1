from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "cqms.deadlines"
    label = "deadlines"
