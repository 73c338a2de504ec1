"""Takes the lost second factors of a person away, when no single organization may: they belong to several."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.identity.factors import remove_all
from cqms.identity.sessions import end_sessions
from cqms.identity.telling import mail
from cqms.identity.where import NOWHERE
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.organizations.selectors import memberships_of


class Command(BaseCommand):
    """Told in every organization of the person, with the evidence, and to the person by mail."""

    help = "Take away the lost second factors of a person once it was established who they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="the address the person signs in with")
        parser.add_argument("--evidence", required=True, help="what was looked at to establish who they are")

    def handle(self, *, email: str, evidence: str, **options: Any) -> None:
        person = User.objects.filter(email=email.strip().lower()).first()
        if person is None or not evidence.strip():
            raise CommandError("There is no such account, or no evidence was given.")
        count = remove_all(person, detail=f"lost; {evidence.strip()}"[:300])
        end_sessions(person, place=NOWHERE)
        for membership in memberships_of(person):
            with scope(membership.organization):
                row = Membership.objects.get(pk=membership.pk)
                said = f"took away {count} lost {'factor' if count == 1 else 'factors'} of {person}"
                audit.append(row, actor=None, verb="reset factors", sentence=said, reason=evidence.strip())
        mail(person, "Your lost second factors were taken away", NOWHERE)
        self.stdout.write(f"{count} taken away; every session of {person} has ended.")
