from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    name = "cqms.attachments"
    label = "attachments"
