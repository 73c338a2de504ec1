"""`manage.py seed_load`: fill a database made for it, to measure what the portal costs at scale."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cqms.organizations.models import Organization
from cqms.portal.demo import PASSWORD
from cqms.portal.loading import load, people


class Command(BaseCommand):
    """Needs the superuser's address in DATABASE_SUPERUSER_URL: COPY and guards are no matter of the portal's role."""

    help = "Fill an empty database with records, history, signatures and people at scale; never one that is in use."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much, and the seed."""
        parser.add_argument("--records", type=int, default=10_000, help="records in all organizations together")
        parser.add_argument("--organizations", type=int, default=2)
        parser.add_argument("--studies", type=int, help="default: ten for each organization")
        parser.add_argument("--people", type=int, help=f"default: 25 for each organization, at least {people.FEWEST}")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same load")
        parser.add_argument("--unsealed", action="store_true", help="leave the sealing to the sealer")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse a database in use; write, arm, seal."""
        superuser = os.environ.get("DATABASE_SUPERUSER_URL")
        if not superuser:
            raise CommandError("Set DATABASE_SUPERUSER_URL: rows are copied in past guards that only it takes away.")
        if Organization.objects.exists():
            raise CommandError("There are organizations in this database. Load into one that was made for it.")
        plan = _plan(options)
        load.fill(superuser, plan, self.stdout.write)
        if not options["unsealed"]:
            load.seal_all(self.stdout.write)
        self.stdout.write(f"All sign in with “{PASSWORD}”, for example administrator.0@load-0001.example.")


def _plan(options: dict[str, Any]) -> load.Plan:
    many = options["organizations"]
    plan = load.Plan(
        options["records"], many, options["studies"] or 10 * many, options["people"] or 25 * many, options["seed"]
    )
    if many < 1 or plan.records < 0 or plan.studies < many:
        raise CommandError("A load has at least one organization, and each of them at least one study.")
    if plan.people < people.FEWEST * many:
        raise CommandError(f"Every organization has at least {people.FEWEST} people: raise --people.")
    return plan
