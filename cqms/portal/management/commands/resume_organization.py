"""`manage.py resume_organization`: open a suspended organization again."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from cqms.portal.suspending import resume


class Command(BaseCommand):
    """The reason stands in the trail of the organization."""

    help = "Open a suspended organization again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--slug", required=True, help="its short name in addresses, such as alder")
        parser.add_argument("--reason", required=True, help="why; it becomes part of the trail")

    def handle(self, *, slug: str, reason: str, **options: Any) -> None:
        try:
            found = resume(slug, reason=reason)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{found} is open again.")
