"""What a leaver has in hand in reviews of the trail: reviews they do, and questions they have to answer."""

from collections.abc import Sequence
from typing import cast

from django.core.exceptions import ValidationError

from cqms.accounts.models import User
from cqms.deadlines import services as deadlines
from cqms.deadlines.selectors import open_deadlines_about
from cqms.organizations.models import TrackedModel
from cqms.portal import handover
from cqms.trail_reviews import services
from cqms.trail_reviews.models import ReviewState, TrailComment, TrailReview
from cqms.trail_reviews.policies import may_plan


def reviews_of(person: User) -> Sequence[TrackedModel]:
    """The reviews of a person that are not signed yet."""
    open_states = (ReviewState.PLANNED, ReviewState.RUNNING)
    return list(TrailReview.objects.filter(owner=person, state__in=open_states).select_related("owner"))


def review_on(record: TrackedModel, heir: User, actor: User, reason: str) -> object:
    """Let somebody else do a review. Raises ValidationError for who may not review this trail."""
    review = cast("TrailReview", record)
    if not may_plan(heir, review):
        raise ValidationError(f"{heir} may not review this trail.")
    before = review.owner_id
    done = handover.set_owner("owner", "handed the review over")(review, heir, actor, reason)
    for deadline in open_deadlines_about(review):
        if deadline.owner_id == before:
            deadlines.hand_over(deadline, to=heir, actor=actor, reason=reason)
    return done


def comments_to(person: User) -> Sequence[TrackedModel]:
    """The comments of running reviews that wait for an answer of a person."""
    running = ReviewState.RUNNING
    rows = TrailComment.objects.filter(concerns=person, answered_at__isnull=True, review__state=running)
    return list(rows.select_related("review__organization", "entry", "author"))


def comment_on(record: TrackedModel, heir: User, actor: User, reason: str) -> object:
    """Let somebody else answer. Raises ValidationError for who may not know of the entry: they would never see it."""
    return services.hand_question_over(cast("TrailComment", record), heir, actor=actor, reason=reason)
