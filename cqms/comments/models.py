"""What people say about a record."""

from django.db import models
from django.utils import timezone

from cqms.accounts.models import User
from cqms.records.models import PartOfRecord

LONGEST = 4000


class Comment(PartOfRecord):
    """One remark about a record. It is never rewritten; its author may take it back, and the trail keeps it."""

    text = models.TextField("comment", max_length=LONGEST)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="author")
    written_at = models.DateTimeField("written", default=timezone.now, editable=False)
    taken_back_at = models.DateTimeField("taken back", null=True, editable=False)

    class Meta(PartOfRecord.Meta):
        verbose_name = "comment"

    def __str__(self) -> str:
        return f"Comment by {self.author} on {self.record}"
