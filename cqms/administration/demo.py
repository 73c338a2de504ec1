"""What administrators and quality assurance of the demo world have decided, and what waits for them."""

import datetime as dt
from dataclasses import replace

from django.utils import timezone

from cqms.accounts.models import User
from cqms.administration import reviews, settings_life
from cqms.configuration.selectors import current_settings
from cqms.organizations.models import Membership, Organization
from cqms.organizations.scope import scope, today
from cqms.portal import people as member_services
from cqms.portal.demo import PASSWORD, register
from cqms.portal.role_requests import Wish, ask_for_role
from cqms.signatures.services import Credentials

People = dict[str, User]


def build(organization: Organization, people: People) -> None:
    """Settings that hold and some that wait, a role that is asked for, an absence, and a review of all rights."""
    closed = dt.date(today().year, 12, 24)
    with scope(organization):
        wanted = replace(current_settings(), holidays=(closed, closed + dt.timedelta(days=1)), guest_days=120)
        settings_life.found_settings(
            wanted, proposer=people["administrator"], approver=people["quality_head"],
            reason="The winter closing; guests of audits stay no longer than four months.",
            credentials=_proof(people["quality_head"]),
        )  # fmt: skip
    with scope(organization):
        _decide_about_people(people)
    with scope(organization):
        wanted = replace(current_settings(), due_days={"documents.review": 7})
        settings_life.propose(
            wanted, reason="Reviews take eleven days on average; a week is enough.", actor=people["qa"]
        )


def _decide_about_people(people: People) -> None:
    administrator, author = people["administrator"], people["author"]
    row = Membership.objects.get(user=author)
    member_services.prove_identity(row, how="Passport, shown in person on the first day", actor=administrator)
    row = Membership.objects.get(user=author)
    member_services.note_introduction(row, evidence="Introduction, list of participants", actor=administrator)
    if "reader" in people:
        wish = Wish(people["reader"], "document_control", reason="Stands in for document control in the summer.")
        ask_for_role(wish, actor=administrator)
    due = today() + dt.timedelta(days=21)
    reviews.open_campaign("Rights, this half-year", due_on=due, actor=administrator)
    now = timezone.now()
    member_services.go_away(
        Membership.objects.get(user=people["reviewer"]), delegate=author, since=now,
        until=now + dt.timedelta(days=10), actor=people["reviewer"],
    )  # fmt: skip


def _proof(person: User) -> Credentials:
    return Credentials(password=PASSWORD, email=person.email, accepts_binding=True)


register(30, build)
