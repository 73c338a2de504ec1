from django.apps import AppConfig


class ListsConfig(AppConfig):
    name = "cqms.lists"
    label = "lists"
