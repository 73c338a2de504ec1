"""`manage.py rebuild_search`: compare the index with the records, and write what differs."""

from typing import Any

from django.core.management.base import BaseCommand

from cqms.organizations.scope import scope
from cqms.organizations.selectors import every_organization
from cqms.search import services


class Command(BaseCommand):
    """Needed after a release that says so; a record that is saved mends its own entry."""

    help = "Bring the search index of every organization in line with its records."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild, one organization after another, each in one transaction."""
        for organization in every_organization():
            with scope(organization):
                self.stdout.write(f"{organization}: {services.rebuild()} entries written")
