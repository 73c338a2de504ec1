"""Files as they came, addressed by their content, and what they are attached to."""

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit.models import Lane
from cqms.organizations.models import OrganizationModel
from cqms.records.models import PartOfRecord


class StoredFile(OrganizationModel):
    """The bytes of one file, once per organization, under the name of their SHA-256 (ALCOA+: original, enduring)."""

    append_only = True
    lane = Lane.GENERAL

    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.BigIntegerField("size in bytes")
    media_type = models.CharField("media type", max_length=100)
    stored_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    stored_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationModel.Meta):
        verbose_name = "file"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "sha256"], name="file_once"),
        ]

    def __str__(self) -> str:
        return f"file with SHA-256 {self.sha256}"

    @property
    def path(self) -> Path:
        """Where the bytes lie."""
        return place_of(self.organization_id, self.sha256)

    def subject(self) -> "StoredFile":
        """A file without a record tells its own story."""
        return self

    def anchors(self) -> dict[str, int]:
        """A file by itself belongs to the organization."""
        return {}


class FileTakenAway(OrganizationModel):
    """That the bytes of a file were redacted; what the file was, its hash included, stays known."""

    append_only = True

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="taken_away")
    sentence = models.CharField("why it is not here", max_length=300)
    at = models.DateTimeField("taken away", default=timezone.now, editable=False)

    class Meta(OrganizationModel.Meta):
        verbose_name = "file taken away"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "file"], name="file_taken_away_once"),
        ]

    def __str__(self) -> str:
        return f"{self.file} is not here any more"


class Attachment(PartOfRecord):
    """A file that belongs to a record, under the name it came with."""

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="file")
    name = models.CharField("name", max_length=200)
    label = models.CharField("what it is", max_length=200, blank=True)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="added by")
    removed_at = models.DateTimeField("removed", null=True)

    class Meta(PartOfRecord.Meta):
        verbose_name = "attachment"

    def __str__(self) -> str:
        return self.name


def folder_of(organization_id: int) -> Path:
    """The folder of one organization's files."""
    return Path(settings.FILES_DIR) / str(organization_id)


def place_of(organization_id: int, sha256: str) -> Path:
    """Where the bytes of that hash lie for an organization."""
    return folder_of(organization_id) / sha256[:2] / sha256
