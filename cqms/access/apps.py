from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "cqms.access"
    label = "access"

    def ready(self) -> None:
        from cqms.access.grants import without_a_role
        from cqms.audit.ledger.verifying import verify_besides

        verify_besides(without_a_role)
