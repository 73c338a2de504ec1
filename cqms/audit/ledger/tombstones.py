"""Tombstones: what stands in the log for a row that was redacted, and who vouches for it (ICH E6(R3) 4.2.2(b)).

A tombstone is an entry of the log itself. It keeps the hash of the leaf, which never changes, beside the hash of the
row as it reads since, and names the redaction, who asked for it, who approved it, and their signatures. Only the
database writes one, in the transaction that redacts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from django.db import models

from cqms.organizations.models import OrganizationKey, OrganizationModel


class LedgerTombstone(OrganizationModel):
    """That a sealed row was redacted. `new_hash` was computed in the layout `layout_id`, with an empty salt."""

    append_only = True
    written_by_database: ClassVar[bool] = True

    organization = OrganizationKey(db_constraint=False, db_index=False)
    table = models.CharField(max_length=63)
    layout_id = models.BigIntegerField()
    row_id = models.BigIntegerField()
    old_hash = models.BinaryField()
    new_hash = models.BinaryField()
    redaction_id = models.BigIntegerField()
    redaction = models.CharField("redaction", max_length=40)
    asked_by = models.CharField("asked for by", max_length=150)
    approved_by = models.CharField("approved by", max_length=150)
    reason = models.TextField("reason")
    at = models.DateTimeField("redacted")
    request_signature_id = models.BigIntegerField()
    approval_signature_id = models.BigIntegerField()
    transaction_id = models.BigIntegerField()

    class Meta(OrganizationModel.Meta):
        verbose_name = "tombstone of a redacted entry"
        indexes = [
            models.Index(fields=["organization", "row_id"], name="tombstone_of_row"),
            models.Index(fields=["organization", "redaction_id"], name="tombstone_of_redaction"),
        ]

    def __str__(self) -> str:
        return f"{self.redaction}, row {self.row_id} of {self.table}"

    @property
    def sentence(self) -> str:
        """By whom, when, why, and approved by whom."""
        return (
            f"redacted on {self.at:%Y-%m-%d %H:%M:%S} UTC by {self.asked_by} because: {self.reason} "
            f"Approved by {self.approved_by} ({self.redaction})."
        )


Approvals = Callable[[Sequence[LedgerTombstone]], dict[int, str]]

_approvals: list[Approvals] = []


def register_approvals(check: Approvals) -> None:
    """Let the app that keeps redactions say what is wrong with the approval of tombstones: id → sentence, if any."""
    if check not in _approvals:
        _approvals.append(check)


def unapproved(tombstones: Sequence[LedgerTombstone]) -> dict[int, str]:
    """Tombstone id → why it is not to be believed; empty when two people stand behind every one of them."""
    found: dict[int, str] = {}
    for check in _approvals:
        found |= check(tombstones)
    return found


def tombstones_of(table: str, row_ids: Iterable[int]) -> dict[int, list[LedgerTombstone]]:
    """Row id → its tombstones, the newest first."""
    found: dict[int, list[LedgerTombstone]] = defaultdict(list)
    for each in LedgerTombstone.objects.filter(table=table, row_id__in=list(row_ids)).order_by("-pk"):
        found[each.row_id].append(each)
    return found
