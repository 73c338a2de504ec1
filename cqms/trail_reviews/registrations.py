"""What reviews of the trail add to the platform: a noun in the rail, addresses, search, and rows of the Inbox."""

from django.http import HttpRequest

from cqms.audit.models import kind_of
from cqms.inbox.rows import register as register_inbox
from cqms.portal import handover
from cqms.search import kinds
from cqms.trail_reviews import inbox, leavers, presentation
from cqms.trail_reviews.models import TrailComment, TrailReview
from cqms.trail_reviews.policies import may_see_reviews
from cqms.ui import addresses, guide, panels, rail


def register() -> None:
    """Called once when the app is ready."""
    guide.register(guide.Topic("trail_reviews", "help/trail_reviews.html"))
    rail.register(
        rail.Entry("trail_reviews", "Trail reviews", "check", "trail_reviews:list", 805, allowed=_reads_something)
    )
    addresses.register(kind_of(TrailReview), presentation.review_path)
    addresses.register(kind_of(TrailComment), _page_of_comment)
    panels.register("portal.timeline", panels.Panel("trail_reviews/panel.html", presentation.place_panel, 10))
    register_inbox("trail_reviews.comment", inbox.rows_of)
    noun = kinds.Kind("Trail review", "Trail reviews", "history", TrailReview.objects.all, presentation.found_review)
    kinds.register(TrailReview, noun)
    handover.register(
        handover.Kind("trail_reviews", "Trail reviews they do", leavers.reviews_of, leavers.review_on,
                      ("trail_reviews.trailreview.owner",))
    )  # fmt: skip
    handover.register(
        handover.Kind("trail_comments", "Comments they have to answer", leavers.comments_to,
                      leavers.comment_on, ("trail_reviews.trailcomment.concerns",))
    )  # fmt: skip


def _reads_something(request: HttpRequest) -> bool:
    return rail.inside_organization(request) and may_see_reviews(request.user)


def _page_of_comment(comment: TrailComment) -> str:
    return presentation.review_path(comment.review)
