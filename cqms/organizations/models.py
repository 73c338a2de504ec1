"""Organizations, their members, and the bases of every table that belongs to one organization."""

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from simple_history.manager import HistoryManager

from cqms.accounts.models import User, check_zone
from cqms.history.models import HistoryRow, Tracking
from cqms.organizations.capabilities import anchor_permissions
from cqms.organizations.scope import current_organization_id


class Organization(models.Model):
    """A sponsor, CRO, site or vendor that keeps its own records in this portal."""

    name = models.CharField("name", max_length=200, unique=True)
    slug = models.SlugField("short name in addresses", max_length=40, unique=True)
    zone = models.CharField("time zone", max_length=64, default="UTC", validators=[check_zone])
    created_at = models.DateTimeField("created", default=timezone.now, editable=False)

    class Meta:
        permissions = anchor_permissions()
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    @property
    def timezone(self) -> ZoneInfo:
        """The declared zone, in which effective dates begin."""
        return ZoneInfo(self.zone)

    def path(self, view: str, **parts: Any) -> str:
        """The path of a page of this organization, the same inside its pages, inside others and in a job."""
        here = reverse(view, kwargs=parts, urlconf=settings.ROOT_URLCONF)
        return f"/o/{self.slug}/{here.removeprefix(get_script_prefix())}"


class OrganizationKey(models.ForeignKey):
    """The key to the organization: a new row belongs to the one that is open."""

    def __init__(self, to: Any = Organization, on_delete: Any = models.PROTECT, **options: Any) -> None:
        defaults: dict[str, Any] = {"editable": False, "related_name": "+"}
        super().__init__(to, on_delete, **(defaults | options))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if getattr(model_instance, self.attname) is None:
            setattr(model_instance, self.attname, current_organization_id())
        return super().pre_save(model_instance, add)


class OrganizationManager(models.Manager[Any]):
    """Wall 1: rows of the open organization only, and an error where none is open."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(organization_id=current_organization_id())


class OrganizationModel(models.Model):
    """A row of one organization: filtered by the manager, guarded by row-level security."""

    organization = OrganizationKey()

    objects = OrganizationManager()

    append_only: ClassVar[bool] = False
    trail_ignores: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_manager_name = "objects"
        default_permissions = ()


class OrganizationHistoryManager(HistoryManager):
    """Wall 1 for `record.history` and `Model.history`."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(organization_id=current_organization_id())


class OrganizationHistoryRow(HistoryRow):
    """A history row of one organization, behind the same two walls."""

    objects = OrganizationManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"


class TrackedModel(OrganizationModel):
    """A row whose every state is kept, and which changes only through `audit.save`.

    `controlled_fields` demand a reason once the record has left its first state; `trail_ignores` are technical
    fields that history keeps and the timeline leaves out.
    """

    revision = models.PositiveIntegerField("revision", default=0, editable=False)
    history = Tracking(base=OrganizationHistoryRow, history_manager=OrganizationHistoryManager)

    controlled_fields: ClassVar[tuple[str, ...]] = ()

    class Meta(OrganizationModel.Meta):
        abstract = True

    def subject(self) -> "TrackedModel":
        """The record on whose page this row's changes are told; itself unless it belongs to another."""
        return self

    def is_controlled(self) -> bool:
        """Whether changes of controlled fields need a reason now. Records with a workflow say from which state."""
        return True

    def anchors(self) -> dict[str, int]:
        """The access anchors below the organization that this row belongs to: model label → id."""
        return {}


class Membership(TrackedModel):
    """That a person belongs to an organization from one moment until another."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships", verbose_name="person")
    department = models.CharField("department", max_length=120, blank=True)
    manager = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="manager")
    starts_at = models.DateTimeField("member from", default=timezone.now)
    ends_at = models.DateTimeField("member until", null=True, blank=True)

    class Meta(TrackedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="membership_once_a_person"),
        ]
        indexes = [models.Index(fields=["user", "organization"], name="membership_by_person")]

    def __str__(self) -> str:
        return f"Membership of {self.user}"

    def is_current(self) -> bool:
        """Whether the membership holds now."""
        now = timezone.now()
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)
