"""Organizations, their members, and the bases of every table that belongs to one organization."""

import datetime as dt
from functools import cache
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models.fields.related_lookups import RelatedExact
from django.db.models.sql.where import AND
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from simple_history.manager import HistoryManager

from cqms.accounts.models import User, check_zone
from cqms.history.models import HistoryRow, Tracking
from cqms.organizations.capabilities import anchor_permissions
from cqms.organizations.scope import current_organization, current_organization_id


class Organization(models.Model):
    """A sponsor, CRO, site or vendor that keeps its own records in this portal.

    While it is suspended nobody comes in, no program, no job and no mail works for it; what it holds stays as it is.
    """

    name = models.CharField("name", max_length=200, unique=True)
    slug = models.SlugField("short name in addresses", max_length=40, unique=True)
    zone = models.CharField("time zone", max_length=64, default="UTC", validators=[check_zone])
    created_at = models.DateTimeField("created", default=timezone.now, editable=False)
    suspended_at = models.DateTimeField("suspended", null=True, editable=False)

    class Meta:
        permissions = anchor_permissions()
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    @property
    def timezone(self) -> ZoneInfo:
        """The declared zone, in which effective dates begin."""
        return ZoneInfo(self.zone)

    def day_of(self, moment: dt.datetime) -> dt.date:
        """The calendar day of an aware moment here, in the declared zone."""
        return moment.astimezone(self.timezone).date()

    def today(self) -> dt.date:
        """The calendar day it is here now: days that are due, past or to come are told from it."""
        return self.day_of(timezone.now())

    @property
    def closed_words(self) -> str:
        """What is said to who wants to come in while it is suspended; blank while it is open."""
        if self.suspended_at is None:
            return ""
        day = self.suspended_at.astimezone(self.timezone)
        return f"{self} is suspended since {day:%-d %b %Y}: nobody works in it. What it holds stays as it is."

    def subject(self) -> "Organization":
        """An event about the organization is told as its own."""
        return self

    def anchors(self) -> dict[str, int]:
        """It stands above every anchor."""
        return {}

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
            setattr(model_instance, self.name, current_organization())
        return super().pre_save(model_instance, add)


def of_open_organization(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """The rows of the open organization, of those that nothing has narrowed yet. Raises NoScope where none is open.

    What `filter(organization_id=…)` says, at a fifth of what it costs: every question begins with it.
    """
    query, key = rows.query, rows.model._meta.get_field("organization")
    here = RelatedExact(key.get_col(query.get_initial_alias()), current_organization_id())
    query.where.add(here, AND)
    return rows


class OrganizationManager(models.Manager[Any]):
    """Wall 1: rows of the open organization only, and an error where none is open."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return of_open_organization(super().get_queryset())


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
    """Wall 1 for `record.history` and `Model.history`.

    Its class is made once: simple-history makes it again at every access, which costs a quarter of a millisecond.
    """

    @classmethod
    @cache
    def from_queryset(
        cls, queryset_class: type[models.QuerySet[Any]], class_name: str | None = None
    ) -> type[models.Manager[Any]]:
        return super().from_queryset(queryset_class, class_name)

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
    fields that history keeps and the timeline leaves out; `field_lanes` names fields that stand in a stricter lane
    than the record, see `ClosedFields`; `named_fields` name records that need not exist for whoever reads this one, see
    `cqms.records.naming`.
    """

    revision = models.PositiveIntegerField("revision", default=0, editable=False)
    history = Tracking(base=OrganizationHistoryRow, history_manager=OrganizationHistoryManager)

    controlled_fields: ClassVar[tuple[str, ...]] = ()
    field_lanes: ClassVar[dict[str, str]] = {}
    named_fields: ClassVar[tuple[str, ...]] = ()

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


class ClosedFields(TrackedModel):
    """A record some of whose fields stand in a closed lane: `field_lanes` says which, all of them in the same lane.

    A change of such fields alone moves `closed_revision` and not `revision`, so that whoever may not see the lane
    finds no trace of it, not even a number that was skipped.
    """

    closed_revision = models.PositiveIntegerField(default=0, editable=False)

    class Meta(TrackedModel.Meta):
        abstract = True


class MemberKind(models.TextChoices):
    """Whether a person works here, or was let in to one study or audit for a while."""

    MEMBER = "member", "Member"
    GUEST = "guest", "Guest"


class Membership(TrackedModel):
    """That a person belongs to an organization from one moment until another.

    A guest holds roles below the organization only and until a day; they see no list of people. While `delegate` is
    set and the person is away, the delegate acts for them under their own name. `identity_proof` says how it was
    established who the person is (21 CFR 11.100(b)), `introduction` where the evidence of their training lies. In a
    session whose last proof is from before `signed_out_at` the person proves who they are before they come in here.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships", verbose_name="person")
    department = models.CharField("department", max_length=120, blank=True)
    manager = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="manager")
    starts_at = models.DateTimeField("member from", default=timezone.now)
    ends_at = models.DateTimeField("member until", null=True, blank=True)
    kind = models.CharField("kind", max_length=10, choices=MemberKind.choices, default=MemberKind.MEMBER)
    invited_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="invited by"
    )
    delegate = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="acts while away"
    )
    away_from = models.DateTimeField("away from", null=True, blank=True)
    away_until = models.DateTimeField("away until", null=True, blank=True)
    identity_proof = models.CharField("proof of identity", max_length=300, blank=True)
    identity_proven_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="identity proven by"
    )
    identity_proven_at = models.DateTimeField("identity proven", null=True)
    introduction = models.CharField("training on the portal", max_length=300, blank=True)
    introduced_at = models.DateTimeField("trained on the portal", null=True)
    signed_out_at = models.DateTimeField("signed out", null=True, editable=False)

    class Meta(TrackedModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="member") | models.Q(ends_at__isnull=False), name="membership_of_guest_ends"
            ),
            models.CheckConstraint(
                condition=models.Q(delegate__isnull=True)
                | (models.Q(away_until__gt=models.F("away_from")) & ~models.Q(delegate=models.F("user"))),
                name="membership_delegate_for_a_time",
            ),
            models.UniqueConstraint(fields=["organization", "user"], name="membership_once_a_person"),
        ]
        indexes = [models.Index(fields=["user", "organization"], name="membership_by_person")]

    def __str__(self) -> str:
        return f"Membership of {self.user}"

    def is_current(self) -> bool:
        """Whether the membership holds now."""
        now = timezone.now()
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)

    @property
    def is_guest(self) -> bool:
        """Whether the person was let in for a while, below the organization."""
        return self.kind == MemberKind.GUEST

    def is_away(self) -> bool:
        """Whether somebody acts for the person now."""
        if self.delegate_id is None or self.away_from is None or self.away_until is None:
            return False
        return self.away_from <= timezone.now() < self.away_until
