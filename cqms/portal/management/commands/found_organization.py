"""`manage.py found_organization`: the first organization of an empty portal, or one more."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from cqms.portal.founding import found
from cqms.portal.services import password_address


class Command(BaseCommand):
    """Safe to run again: it then prints a new link for an administrator who has no password yet."""

    help = "Make an organization and its first administrator, and print the link that sets their password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Everything is asked for by name, so that a line in a shell's history explains itself."""
        parser.add_argument("--name", required=True, help='the organization, such as "Alder Therapeutics"')
        parser.add_argument("--slug", required=True, help="its short name in addresses, such as alder")
        parser.add_argument("--zone", required=True, help="its time zone, such as Europe/Berlin")
        parser.add_argument("--email", required=True, help="the address under which the administrator signs in")
        parser.add_argument("--person", required=True, help="the administrator's name as signatures print it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make both, then say how the administrator gets in."""
        wanted = {name: options[name] for name in ("name", "slug", "zone", "email", "person")}
        try:
            administrator = found(**wanted)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        done = f"{administrator} administers {wanted['name']} and"
        if administrator.has_usable_password():
            self.stdout.write(f"{done} signs in with the password they have.")
            return
        self.stdout.write(f"{done} sets a password here, once:\n{password_address(administrator)}")
