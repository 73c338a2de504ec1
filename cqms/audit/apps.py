from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "cqms.audit"
    label = "audit"
