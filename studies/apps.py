from django.apps import AppConfig


class StudiesConfig(AppConfig):
    name = "studies"
    label = "studies"

    def ready(self) -> None:
        from cqms.access.anchors import register
        from studies.models import Study, StudyGrant

        register(Study, StudyGrant)
