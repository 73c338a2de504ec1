from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "cqms.search"
    label = "search"

    def ready(self) -> None:
        """Follow every saved record, and make the task known."""
        from cqms.audit.services import after_save
        from cqms.search import tasks  # noqa: F401
        from cqms.search.services import note

        after_save(note)
