"""What reviews put into the Inbox: comments that wait for an answer. The review itself stands there by its deadline."""

from cqms.accounts.models import User
from cqms.inbox.rows import Row
from cqms.trail_reviews.selectors import waiting_comments


def rows_of(person: User) -> list[Row]:
    """The comments that wait for this person in the open organization."""
    return [
        Row(
            kind="trail_reviews.comment",
            title=f"Entry {each.entry_id} of the trail",
            sentence=f"{each.author} asks: {each.text}",
            late="Until you answer, the review cannot be signed.",
            path=each.review.organization.path("trail_reviews:answer", number=each.review.number, comment=each.pk),
            action="Answer",
            icon="edit",
            tone="progress",
            barred=frozenset({each.author_id}),
        )
        for each in waiting_comments(person)
    ]
