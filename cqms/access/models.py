"""Who holds which role where, and the grants derived from it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from guardian.managers import GroupObjectPermissionManager
from guardian.models import GroupObjectPermissionBase

from cqms.access.roles import ROLES, role_choices
from cqms.accounts.models import User
from cqms.organizations.models import Organization, OrganizationKey, TrackedModel
from cqms.organizations.scope import current_organization_id


class RoleAssignment(TrackedModel):
    """That a person holds a role in the organization, or only below one anchor such as a study.

    The tracked truth from which `grants` derives object permissions (EMA A3.1: granting and ending are recorded).
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="person")
    role = models.CharField("role", max_length=30, choices=role_choices)
    anchor_kind = models.CharField("held in", max_length=60, default="organizations.organization")
    anchor_id = models.BigIntegerField("held in (id)")
    anchor_label = models.CharField("held in", max_length=300)
    starts_at = models.DateTimeField("from", default=timezone.now)
    ends_at = models.DateTimeField("until", null=True, blank=True)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="given by")

    trail_ignores: ClassVar[tuple[str, ...]] = ("anchor_id", "anchor_kind")
    controlled_fields: ClassVar[tuple[str, ...]] = ("role", "ends_at")

    class Meta(TrackedModel.Meta):
        verbose_name = "role"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user", "role", "anchor_kind", "anchor_id"],
                condition=Q(ends_at__isnull=True),
                name="role_held_once",
            )
        ]
        indexes = [models.Index(fields=["organization", "user"], name="role_by_person")]

    def __str__(self) -> str:
        return f"{self.user} as {ROLES[self.role].label} in {self.anchor_label}"

    def is_current(self) -> bool:
        """Whether the role is held now."""
        now = timezone.now()
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


class GrantManager(GroupObjectPermissionManager):
    """Guardian's manager behind wall 1."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(organization_id=current_organization_id())


class Grant(GroupObjectPermissionBase):
    """A derived grant: the group of one role at one anchor has one capability there.

    Each anchor's app makes a direct-foreign-key subclass with `content_object`; guardian finds it by that key.
    """

    organization = OrganizationKey()

    objects: ClassVar[GrantManager] = GrantManager()

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = True
        base_manager_name = "objects"
        default_permissions = ()
        unique_together: ClassVar[list[Any]] = []
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "group", "permission", "content_object"], name="%(app_label)s_grant_once"
            ),
        ]


class OrganizationGrant(Grant):
    """A capability in a whole organization."""

    content_object = models.ForeignKey(Organization, on_delete=models.CASCADE)

    class Meta(Grant.Meta):
        constraints = [
            *Grant.Meta.constraints,
            models.CheckConstraint(condition=Q(content_object=F("organization")), name="grant_in_own_organization"),
        ]
