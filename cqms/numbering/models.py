from django.db import models

from cqms.organizations.models import OrganizationModel


class Counter(OrganizationModel):
    """The last number given out for one kind and year; year 0 counts for ever."""

    kind = models.CharField(max_length=40)
    year = models.PositiveIntegerField(default=0)
    last = models.PositiveIntegerField(default=0)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "kind", "year"], name="counter_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year or ''}: {self.last}"
