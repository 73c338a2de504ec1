"""The tables of the ledger. All but the queue are written once; nobody but the database fills queue and leaves."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from cqms.audit.ledger.notes import Verifier
from cqms.organizations.models import OrganizationKey, OrganizationModel, TrackedModel


class LedgerLayout(models.Model):
    """The columns that the rows of a sealed table had from one migration to the next.

    A leaf names its layout, so that what was hashed can be written down again although the table has changed.
    `source` is the first name of the table; `columns` lists `name` and `was`: its name in the version before, None
    for a new column.
    """

    append_only = True

    source = models.CharField(max_length=63)
    version = models.PositiveIntegerField()
    table = models.CharField(max_length=63)
    columns = models.JSONField()
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["source", "version"], name="ledger_layout_once")]

    def __str__(self) -> str:
        return f"{self.table}, layout {self.version}"


class _LeafColumns(OrganizationModel):
    """What a leaf is: the row it stands for, the layout of that row, and the hash of its payload.

    `salt` is hashed with the row; None in leaves older than salts (format 1), empty once the row was redacted.
    No foreign keys in the database: a check for each leaf would cost more than writing it.
    """

    written_by_database: ClassVar[bool] = True

    organization = OrganizationKey(db_constraint=False, db_index=False)
    layout = models.ForeignKey(
        LedgerLayout, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    row_id = models.BigIntegerField()
    salt = models.BinaryField(null=True)
    hash = models.BinaryField()
    queued_at = models.DateTimeField()

    class Meta(OrganizationModel.Meta):
        abstract = True


class LedgerQueue(_LeafColumns):
    """A leaf that waits for the sealer, written by the transaction that wrote its row."""

    class Meta(OrganizationModel.Meta):
        indexes = [models.Index(fields=["organization", "row_id"], name="ledger_queue_of_row")]

    def __str__(self) -> str:
        return f"Leaf of row {self.row_id}, not sealed yet"


class LedgerLeaf(_LeafColumns):
    """A sealed leaf at its position in the log of the organization."""

    append_only = True

    position = models.BigIntegerField()

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "position"], name="ledger_leaf_position_once"),
            models.UniqueConstraint(fields=["organization", "row_id", "layout"], name="ledger_leaf_row_once"),
        ]

    def __str__(self) -> str:
        return f"Entry {self.position}"


class LedgerTile(OrganizationModel):
    """256 hashes of one level of the tree, stored when all of them are known, and the root above them."""

    append_only = True

    level = models.PositiveSmallIntegerField()
    position = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "level", "position"], name="ledger_tile_once"),
        ]

    def __str__(self) -> str:
        return f"Tile {self.position} of level {self.level}"


class LedgerKey(TrackedModel):
    """A key that signs the checkpoints of the organization, from one moment on.

    `name` is the origin in every checkpoint and never changes. `endorsement` is a note in which the key before says
    that this one follows it; blank for the first key and for one that replaces a lost key.
    """

    append_only = True

    name = models.CharField("name of the log", max_length=200)
    public_key = models.CharField("public key", max_length=64)
    endorsement = models.TextField("endorsed by the key before", blank=True)
    added_at = models.DateTimeField("signs from", default=timezone.now, editable=False)

    class Meta(TrackedModel.Meta):
        verbose_name = "key of the ledger"
        constraints = [
            models.UniqueConstraint(fields=["organization", "public_key"], name="ledger_key_once"),
        ]

    def __str__(self) -> str:
        return f"Key {self.verifier.fingerprint[:16]} of the ledger"

    @property
    def verifier(self) -> Verifier:
        """What others check the signatures of this key with."""
        return Verifier(self.name, bytes.fromhex(self.public_key))


class LedgerCheckpoint(OrganizationModel):
    """The signed head of the log when it had `size` entries. The note says it all; the columns find it."""

    append_only = True

    key = models.ForeignKey(LedgerKey, on_delete=models.PROTECT, related_name="+")
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    sealed_at = models.DateTimeField()

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "size"], name="ledger_checkpoint_once")]
        indexes = [models.Index(fields=["organization", "sealed_at"], name="ledger_checkpoint_by_time")]

    def __str__(self) -> str:
        return f"Checkpoint at {self.size} entries"


class HandoverKind(models.TextChoices):
    """Who holds a checkpoint besides us."""

    FOLDER = "folder", "append-only folder"
    MAIL = "mail", "mailbox"
    TIME_STAMP = "time_stamp", "time-stamping authority"


class LedgerHandover(OrganizationModel):
    """That a checkpoint was given out of our hands; `token` is what a time-stamping authority answered (RFC 3161)."""

    append_only = True

    checkpoint = models.ForeignKey(LedgerCheckpoint, on_delete=models.PROTECT, related_name="handovers")
    kind = models.CharField(max_length=20, choices=HandoverKind.choices)
    to = models.CharField("to", max_length=300)
    token = models.BinaryField(default=b"")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "checkpoint", "kind", "to"], name="ledger_handover_once"),
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint} to {self.to}"


class LedgerKept(OrganizationModel):
    """The value that a row had in a column which a migration removed, so that its leaf can still be checked."""

    append_only = True
    written_by_database: ClassVar[bool] = True

    organization = OrganizationKey(db_constraint=False, db_index=False)
    layout = models.ForeignKey(
        LedgerLayout, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    row_id = models.BigIntegerField()
    column = models.CharField(max_length=63)
    value = models.JSONField()

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "layout", "row_id", "column"], name="ledger_kept_once"),
        ]

    def __str__(self) -> str:
        return f"{self.column} of row {self.row_id}"
