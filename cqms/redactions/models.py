"""Redactions, and the words that one of them shall take out, kept apart until they are gone (ICH E6(R3) 4.2.2(b))."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from cqms.accounts.models import User
from cqms.organizations.models import OrganizationModel
from cqms.organizations.stateful import state_field
from cqms.records.models import Record


class RedactionState(models.TextChoices):
    """Where a redaction stands."""

    PREPARED = "prepared", "Prepared"
    REQUESTED = "requested", "Waits for approval"
    REDACTED = "redacted", "Redacted"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Redaction(Record):
    """That personal data leaves a record with everything told on its page; its `owner` asks for it.

    The words themselves are not here: this row stays for ever. `words_sha256` is over a random salt and the words, so
    that both signatures cover exactly them although they are gone. `found` says how often they stood where, `exports`
    which files with them were made before, and who has them. `tombstones_sha256` is written with them, so that nobody
    adds another in the name of this redaction.
    """

    state = state_field(RedactionState)
    record_kind = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    record_label = models.CharField("record", max_length=300)
    anchor_kind = models.CharField(max_length=60, blank=True)
    anchor_id = models.BigIntegerField(null=True)
    what = models.CharField("kind of data", max_length=200)
    why = models.TextField("why it has to go", max_length=4000)
    words_sha256 = models.CharField("SHA-256 over salt and words", max_length=64)
    files = ArrayField(models.CharField(max_length=64), verbose_name="files that are taken away", default=list)
    found = models.JSONField("found", default=dict, editable=False)
    exports = models.JSONField("exports made before", default=list, editable=False)
    approver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="asked for approval")
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="approved by"
    )
    redacted_at = models.DateTimeField("redacted", null=True, editable=False)
    tombstones_sha256 = models.CharField("SHA-256 over the tombstones", max_length=64, blank=True, editable=False)

    trail_ignores: ClassVar[tuple[str, ...]] = (
        *Record.trail_ignores, "record_kind", "record_id", "anchor_kind", "anchor_id", "found", "exports",
    )  # fmt: skip
    signed_fields: ClassVar[tuple[str, ...]] = (
        "number", "title", "record_kind", "record_id", "what", "why", "words_sha256", "files",
    )  # fmt: skip

    class Meta(Record.Meta):
        verbose_name = "redaction"
        constraints = [models.UniqueConstraint(fields=["organization", "number"], name="redaction_number_once")]
        indexes = [
            models.Index(fields=["organization", "record_kind", "record_id"], name="redaction_of_record"),
            models.Index(fields=["organization", "-id"], name="redaction_newest"),
        ]

    def anchors(self) -> dict[str, int]:
        return {self.anchor_kind: self.anchor_id} if self.anchor_id is not None else {}

    @property
    def instead(self) -> str:
        """What stands in place of the words."""
        return f"[redacted, see {self.number}]"


class RedactionWords(OrganizationModel):
    """The words of a redaction that is not decided yet. Deleted when it is, whatever was decided."""

    redaction = models.ForeignKey(Redaction, on_delete=models.PROTECT, related_name="+")
    words = ArrayField(models.TextField())
    salt = models.BinaryField()

    class Meta(OrganizationModel.Meta):
        verbose_name = "words to be redacted"
        constraints = [models.UniqueConstraint(fields=["organization", "redaction"], name="redaction_words_once")]

    def __str__(self) -> str:
        return f"Words of {self.redaction}"
