"""Reports that were handed out: numbered, hashed, never changed."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from cqms.accounts.models import User
from cqms.attachments.models import StoredFile
from cqms.audit.models import Lane
from cqms.organizations.models import OrganizationModel, TrackedModel
from cqms.records.models import find


class ReportFormat(models.TextChoices):
    """What a report can be handed out as, the most readable first."""

    PDF = "pdf", "PDF"
    JSON = "json", "JSON"
    CSV = "csv", "CSV"


class Report(TrackedModel):
    """Files made from records at one moment, with everything needed to judge and to find it again.

    `lane` is the most closed lane of its entries and `reaches` the anchors they belong to (`""` the organization
    itself): only who may see all of them may have it. `file` is the first of its files, with `sha256`; others stand in
    `further`. `content_sha256` is that of the entries. `names` are other records that it tells of, as `kind:id`: each
    must exist for who has it.
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
    names = ArrayField(models.CharField(max_length=90), default=list)
    record_kind = models.CharField(max_length=60, blank=True)
    record_id = models.BigIntegerField(null=True)

    trail_ignores: ClassVar[tuple[str, ...]] = (
        "kind", "file", "exported_by", "exported_at", "zone", "lanes", "reaches", "names", "record_kind", "record_id",
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

    def files(self) -> dict[ReportFormat, StoredFile]:
        """All its files by format, the most readable first."""
        first = ReportFormat(self.file.media_type.partition("/")[2])
        found = {first: self.file, **{ReportFormat(each.format): each.file for each in self.further.all()}}
        return {each: found[each] for each in ReportFormat if each in found}

    @property
    def lane(self) -> str:
        """The lane of its record: what it tells of more closed lanes it does not name."""
        return getattr(self.record, "lane", Lane.GENERAL)

    def subject(self) -> TrackedModel:
        return self.record.subject() if self.record else self

    def anchors(self) -> dict[str, int]:
        return self.record.anchors() if self.record else {}


class ReportFile(OrganizationModel):
    """A further file of a report: the same entries in another format."""

    append_only = True

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="further")
    format = models.CharField("format", max_length=10, choices=ReportFormat.choices)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "report", "format"], name="report_file_once"),
        ]

    def __str__(self) -> str:
        return f"{self.report.number} as {self.get_format_display()}"
