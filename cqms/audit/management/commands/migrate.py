"""Django's migrate, then the walls and guards of whatever tables there are now."""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import transaction

from cqms.audit import guard
from cqms.history.migration_state import narrowly
from cqms.organizations import walls


class Command(Migrate):
    """Migrations and what the database must enforce go together or not at all."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then build the walls and arm the guards. Runs as the owner of the tables."""
        with guard.migrating(), narrowly():
            super().handle(*args, **options)
            if options.get("plan") or options.get("check_unapplied"):
                return
            with transaction.atomic():
                walls.build()
                guard.arm()
