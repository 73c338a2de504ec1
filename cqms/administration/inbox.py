"""What administration puts into the Inbox: decisions that wait for a person."""

from cqms.accounts.models import User
from cqms.administration import reviews
from cqms.administration.policies import assures, may_approve_settings
from cqms.configuration.selectors import current_settings, proposed
from cqms.deadlines.services import due_moment
from cqms.inbox.rows import Row
from cqms.portal.role_requests import waiting_for


def waiting_requests(person: User) -> list[Row]:
    """The requests for roles about which the person can decide."""
    return [
        Row(
            kind="administration.request",
            title=str(request),
            sentence=f"{request.requested_by} asks for this role.",
            late="Until somebody decides, the person cannot do their work.",
            path=request.organization.path("administration:request", wish=request.pk),
            action="Decide",
            icon="shield",
            tone="progress",
        )
        for request in waiting_for(person)
    ]


def waiting_reviews(person: User) -> list[Row]:
    """The access reviews that wait for the person's answers and signature, until the end of their last day."""
    waiting = reviews.waiting_for(person)
    ends = bool(waiting) and current_settings().suspends_unanswered
    late = "Rights that nobody confirms end by themselves." if ends else "Rights that nobody confirms stay unreviewed."
    return [
        Row(
            kind="administration.review",
            title=review.title,
            sentence=f"{review.unanswered()} of {len(review.answers)} rights have no answer yet.",
            late=late,
            due=due_moment(review.due_on),
            path=review.organization.path("administration:review", review=review.pk),
            action="Review",
            icon="sign",
            tone="progress",
        )
        for review in waiting
    ]


def waiting_settings(person: User) -> list[Row]:
    """The proposed version of the settings, for who may approve it."""
    version = proposed() if assures(person) else None
    if version is None or not may_approve_settings(person, version):
        return []
    row = Row(
        kind="administration.settings",
        title=str(version),
        sentence=f"{version.proposed_by} proposes other settings.",
        late="Until they are approved, the settings before hold.",
        path=version.organization.path("administration:settings_version", number=version.number),
        action="Decide",
        icon="sign",
        tone="progress",
    )
    return [row]
