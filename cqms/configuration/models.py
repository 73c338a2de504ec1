"""Each version of an organization's settings: what was proposed, by whom, and who approved it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from cqms.accounts.models import User
from cqms.configuration.rules import Settings, from_values
from cqms.organizations.stateful import StatefulModel, state_field


class VersionOfSettingsState(models.TextChoices):
    """Where a version of the settings stands."""

    PROPOSED = "proposed", "Proposed"
    IN_FORCE = "in_force", "In force"
    REPLACED = "replaced", "Replaced"
    DECLINED = "declined", "Declined"


class VersionOfSettings(StatefulModel):
    """One version of the settings of an organization; at most one is proposed and one in force.

    `values` holds every setting (`rules.as_values`), never a part, so that a version can be read by itself.
    `sealed_secret` is that of the provider where the version brings another one; `values` hold its mark only.
    """

    state = state_field(VersionOfSettingsState)
    number = models.PositiveIntegerField("version")
    values = models.JSONField("settings")
    sealed_secret = models.TextField(blank=True, default="", editable=False)
    summary = models.TextField("what changes")
    reason = models.TextField("why it changes")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="proposed by")
    proposed_at = models.DateTimeField("proposed", default=timezone.now)
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="approved by"
    )
    approved_at = models.DateTimeField("approved", null=True)

    signed_fields: ClassVar[tuple[str, ...]] = ("number", "values", "summary", "reason", "proposed_by")
    controlled_fields: ClassVar[tuple[str, ...]] = ("values",)
    trail_ignores: ClassVar[tuple[str, ...]] = (*StatefulModel.trail_ignores, "values", "sealed_secret")

    class Meta(StatefulModel.Meta):
        verbose_name = "version of the settings"
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="settings_number_once"),
            models.UniqueConstraint(
                fields=["organization", "state"],
                condition=Q(state__in=["proposed", "in_force"]),
                name="settings_state_once",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("proposed_by")),
                name="settings_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"Settings, version {self.number}"

    def settings(self) -> Settings:
        """The settings of this version."""
        return from_values(self.values, version=self.number)
