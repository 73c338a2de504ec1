"""What the portal keeps for a person."""

from django.db import models
from django.utils import timezone

from cqms.accounts.models import User


class KeptInput(models.Model):
    """What a person had typed when their session ended, until they are back on that page. Read by nobody else."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=500)
    fields = models.JSONField()
    kept_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "path"], name="kept_once_a_page")]

    def __str__(self) -> str:
        return f"{self.user} on {self.path}"
