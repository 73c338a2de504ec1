"""Reads of comments, limited to the lanes the reader may see."""

from cqms.access.parts import seen_parts
from cqms.accounts.models import User
from cqms.comments.models import Comment
from cqms.organizations.models import TrackedModel


def comments_on(record: TrackedModel, reader: User) -> list[Comment]:
    """What was said about a record and not taken back, the oldest first; one query."""
    rows = Comment.objects.filter(taken_back_at__isnull=True).select_related("author")
    return list(seen_parts(rows, record, reader).order_by("pk"))
