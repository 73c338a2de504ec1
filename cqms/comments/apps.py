from django.apps import AppConfig


class CommentsConfig(AppConfig):
    name = "cqms.comments"
    label = "comments"
