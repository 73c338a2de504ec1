"""`manage.py suspend_organization`: let nobody and nothing work in an organization; its data stays as it is."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from cqms.portal.suspending import suspend


class Command(BaseCommand):
    """The reason stands in the trail of the organization."""

    help = "Let nobody and nothing work in an organization; its data stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--slug", required=True, help="its short name in addresses, such as alder")
        parser.add_argument("--reason", required=True, help="why; it becomes part of the trail")

    def handle(self, *, slug: str, reason: str, **options: Any) -> None:
        try:
            found = suspend(slug, reason=reason)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(
            f"{found} is suspended: nobody comes in, no program and no job works. What it holds stays as it is."
        )
