"""Reads of comments, limited to the lanes the reader may see."""

from django.db.models import QuerySet

from cqms.access.parts import seen_parts
from cqms.accounts.models import User
from cqms.comments.models import Comment
from cqms.organizations.models import TrackedModel


def remarks_on(record: TrackedModel, reader: User) -> QuerySet[Comment]:
    """What was said about a record, in lanes the reader may see, and not taken back."""
    return seen_parts(Comment.objects.filter(taken_back_at__isnull=True).select_related("author"), record, reader)


def comments_on(record: TrackedModel, reader: User) -> list[Comment]:
    """What was said about a record and not taken back, the oldest first; one query."""
    return list(remarks_on(record, reader).order_by("pk"))
