from django.db import models
from django.utils import timezone

from cqms.accounts.models import User
from cqms.history.action import current_action_id
from cqms.organizations.models import OrganizationModel
from cqms.signatures.models import Signature


class PartDone(OrganizationModel):
    """One person's part of a step that needs several people. Counts while the record stays in the state it was in.

    `state_revision` is the revision at which the record entered that state, so a part never counts for a later
    round after a rejection.
    """

    append_only = True

    record_kind = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    step = models.CharField(max_length=40)
    part = models.CharField(max_length=60)
    label = models.CharField(max_length=100)
    state_revision = models.PositiveIntegerField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)
    action_id = models.UUIDField(default=current_action_id, editable=False)
    signature = models.ForeignKey(Signature, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "record_kind", "record_id", "step", "part", "state_revision"], name="part_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.actor}"
