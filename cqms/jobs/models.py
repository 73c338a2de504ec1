"""Jobs, and the wake-ups by which the sweeper finds work in every organization."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from cqms.accounts.models import User
from cqms.organizations.models import OrganizationModel


class JobState(models.TextChoices):
    """Where a job stands."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Job(OrganizationModel):
    """Slow work that somebody, or the system, asked for: what, for whom, how far, and how it ended.

    `label` names the work on screen and `doing` says in a sentence what happens now; `value` of `maximum` is the
    progress, `maximum` 0 while nobody knows. `result` may hold `path`, where the finished thing is to be found.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict)
    label = models.CharField(max_length=300)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    doing = models.CharField(max_length=200, blank=True)
    value = models.PositiveIntegerField(default=0)
    maximum = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(OrganizationModel.Meta):
        indexes: ClassVar = [models.Index(fields=["organization", "requested_by", "-created_at"], name="job_of_person")]

    def __str__(self) -> str:
        return self.label

    @property
    def is_finished(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.state in {JobState.DONE, JobState.FAILED}


class Wakeup(models.Model):
    """That a job of an organization must be looked after at a moment. Holds ids only, and goes when it is done."""

    job_id = models.UUIDField(unique=True)
    organization_id = models.BigIntegerField()
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Wake-up for {self.job_id}"
