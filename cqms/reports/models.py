"""Reports that were handed out: numbered, hashed, never changed."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from cqms.accounts.models import User
from cqms.attachments.models import StoredFile
from cqms.audit.models import Lane
from cqms.organizations.models import TrackedModel
from cqms.records.models import find


class Report(TrackedModel):
    """A PDF made from records at one moment, with everything needed to judge and to find it again.

    `lane` is the most closed lane of its entries and `reaches` the anchors they belong to (`""` the organization
    itself): only who may see all of them may have it. `sha256` is the file's, `content_sha256` that of its entries.
    """

    append_only = True

    number = models.CharField("number", max_length=40)
    kind = models.CharField("kind", max_length=60)
    title = models.CharField("title", max_length=300)
    selection = models.TextField("selection")
    entry_count = models.PositiveIntegerField("entries")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField("SHA-256", max_length=64)
    content_sha256 = models.CharField("SHA-256 of the entries", max_length=64)
    exported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="exported by")
    exported_at = models.DateTimeField("exported", default=timezone.now, editable=False)
    zone = models.CharField("zone", max_length=64)
    lanes = models.JSONField(default=list)
    reaches = models.JSONField(default=list)
    record_kind = models.CharField(max_length=60, blank=True)
    record_id = models.BigIntegerField(null=True)

    trail_ignores: ClassVar[tuple[str, ...]] = (
        "kind", "file", "exported_by", "exported_at", "zone", "lanes", "reaches", "record_kind", "record_id",
    )  # fmt: skip

    class Meta(TrackedModel.Meta):
        verbose_name = "report"
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "number"], name="report_number_once")]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="report_newest"),
            models.Index(fields=["organization", "record_kind", "record_id", "-id"], name="report_of_record"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def record(self) -> TrackedModel | None:
        """The record it is about; None when it is about the whole organization."""
        return find(self.record_kind, self.record_id) if self.record_id is not None else None

    @property
    def lane(self) -> str:
        """The lane of its record: what it tells of more closed lanes it does not name."""
        return getattr(self.record, "lane", Lane.GENERAL)

    def subject(self) -> TrackedModel:
        return self.record.subject() if self.record else self

    def anchors(self) -> dict[str, int]:
        return self.record.anchors() if self.record else {}
