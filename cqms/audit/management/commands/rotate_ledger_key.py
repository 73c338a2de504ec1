"""bin/manage rotate_ledger_key: from now on the checkpoints of an organization are signed with a new key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cqms.audit.ledger.keys import rotate_key
from cqms.organizations.scope import scope
from cqms.organizations.selectors import every_organization


class Command(BaseCommand):
    """Makes a key, lets the old one endorse it, and writes that to the trail."""

    help = "Sign the checkpoints of an organization with a new key from now on; the old key endorses it."

    def add_arguments(self, parser: CommandParser) -> None:
        """The organization, and why."""
        parser.add_argument("organization", metavar="NAME", help="its short name in addresses")
        parser.add_argument("--reason", required=True, help="why the key changes; it stands in the trail")

    def handle(self, *, organization: str, reason: str, **options: Any) -> None:
        """Change the key and say what others check with from now on."""
        found = next((each for each in every_organization() if each.slug == organization), None)
        if found is None:
            raise CommandError(f"There is no organization {organization}.")
        if not reason.strip():
            raise CommandError("Say why the key changes.")
        with scope(found):
            key = rotate_key(found, actor=None, reason=reason)
        endorsed = "the key before endorses it" if key.endorsement else "no key before could endorse it"
        self.stdout.write(f"{found} signs with a new key; {endorsed}:\n{key.verifier}")
