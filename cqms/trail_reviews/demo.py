"""Reviews of the trail in the demo world: one signed, one that waits for an answer, by calling services."""

import datetime as dt

from cqms.accounts.models import User
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from cqms.portal.demo import PASSWORD, register
from cqms.signatures.services import Credentials
from cqms.trail_reviews import services
from cqms.trail_reviews.models import Frequency
from cqms.trail_reviews.selectors import entries_of

People = dict[str, User]


def build(organization: Organization, people: People) -> None:
    """A review of the last quarter that is signed, and one of this quarter that runs."""
    today = organization.today()
    with scope(organization):
        before = _plan(organization, people, today - dt.timedelta(days=180), today - dt.timedelta(days=91))
        before = services.start(before, actor=people["qa"])
        services.sign_review(
            before, actor=people["qa"], credentials=_proof(people["qa"]),
            conclusion="The portal was not in use yet: there are no entries, and nothing follows.",
        )  # fmt: skip
        review = services.start(_plan(organization, people, today - dt.timedelta(days=90), today), actor=people["qa"])
        _plan(organization, people, today - dt.timedelta(days=30), today)
        entry = entries_of(review).filter(actor=people["author"]).earliest("pk")
        services.comment(
            review, entry.pk, actor=people["qa"], concerns=people["author"], text="Which source did you work from?"
        )


def _plan(organization: Organization, people: People, starts_on: dt.date, ends_on: dt.date) -> services.TrailReview:
    plan = services.Plan(
        place=organization, starts_on=starts_on, ends_on=ends_on, owner=people["qa"], frequency=Frequency.QUARTERLY,
        why_critical="Effective dates and approvals decide what people work to; a wrong one reaches every study.",
        due_on=organization.today() + services.TIME_TO_REVIEW,
    )  # fmt: skip
    return services.plan_review(plan, actor=people["quality_head"])


def _proof(person: User) -> Credentials:
    return Credentials(password=PASSWORD, email=person.email, accepts_binding=True)


register(40, build)
