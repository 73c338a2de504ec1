"""What administrators and quality assurance of the demo world have decided, and what waits for them."""

import datetime as dt
from dataclasses import replace

from django.utils import timezone

from cqms.accounts.models import User
from cqms.administration import settings_life
from cqms.configuration.selectors import current_settings
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from cqms.portal.demo import PASSWORD, register
from cqms.signatures.services import Credentials

People = dict[str, User]


def build(organization: Organization, people: People) -> None:
    """Settings that hold, and a version that waits for its approval."""
    closed = dt.date(timezone.now().year, 12, 24)
    with scope(organization):
        wanted = replace(current_settings(), holidays=(closed, closed + dt.timedelta(days=1)), guest_days=120)
        settings_life.found_settings(
            wanted, proposer=people["administrator"], approver=people["quality_head"],
            reason="The winter closing; guests of audits stay no longer than four months.",
            credentials=_proof(people["quality_head"]),
        )  # fmt: skip
    with scope(organization):
        wanted = replace(current_settings(), due_days={"documents.review": 7})
        settings_life.propose(
            wanted, reason="Reviews take eleven days on average; a week is enough.", actor=people["qa"]
        )


def _proof(person: User) -> Credentials:
    return Credentials(password=PASSWORD, email=person.email, accepts_binding=True)


register(30, build)
