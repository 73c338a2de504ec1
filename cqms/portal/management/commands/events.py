"""`manage.py events`: which facts are announced, and who reacts. The README's table is held to it by a test."""

from typing import Any

from django.core.management.base import BaseCommand

from cqms.events import subscriptions


def rows() -> list[tuple[str, str]]:
    """Each fact with the functions that react, by name."""
    return sorted(
        (
            f"{event.__module__}.{event.__name__}",
            ", ".join(sorted(f"{each.__module__}.{each.__name__}" for each in subscribers)),
        )
        for event, subscribers in subscriptions().items()
    )


class Command(BaseCommand):
    """Prints one line for each fact that somebody reacts to."""

    help = "Print which facts are announced and who reacts."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print fact → who reacts."""
        for event, subscribers in rows():
            self.stdout.write(f"{event} → {subscribers}")
