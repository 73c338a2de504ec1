"""Changes the printed name of a person, when no single organization may: they belong to several."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from cqms.accounts.models import User
from cqms.portal.services import rename


class Command(BaseCommand):
    """Told in every organization of the person, with the reason."""

    help = "Change the printed name of a person who belongs to several organizations."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="the address the person signs in with")
        parser.add_argument("--name", required=True, help="the name of their future signatures")
        parser.add_argument("--reason", required=True, help="why; it becomes part of the trail")

    def handle(self, *, email: str, name: str, reason: str, **options: Any) -> None:
        person = User.objects.filter(email=email.strip().lower()).first()
        if person is None or not reason.strip():
            raise CommandError("There is no such account, or no reason was given.")
        try:
            done = rename(person, name.strip(), actor=None, reason=reason)
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from problem
        self.stdout.write(f"The printed name is {done.name} from now on.")
