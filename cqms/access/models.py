"""Who holds which role where, and the grants derived from it."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from guardian.managers import GroupObjectPermissionManager
from guardian.models import GroupObjectPermissionBase

from cqms.access.roles import ROLES, role_choices
from cqms.accounts.models import User
from cqms.organizations.models import Organization, OrganizationKey, TrackedModel
from cqms.organizations.scope import current_organization_id
from cqms.organizations.stateful import StatefulModel, state_field

_FEW_PLACES = 3


class RoleAssignment(TrackedModel):
    """That a person holds a role in the organization, or only below one anchor such as a study.

    The tracked truth from which `grants` derives object permissions (EMA A3.1: granting and ending are recorded).
    A role `by_claim` ends when the provider of the organization no longer says so.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="person")
    role = models.CharField("role", max_length=30, choices=role_choices)
    anchor_kind = models.CharField("held in", max_length=60, default="organizations.organization")
    anchor_id = models.BigIntegerField("held in (id)")
    anchor_label = models.CharField("held in", max_length=300)
    starts_at = models.DateTimeField("from", default=timezone.now)
    ends_at = models.DateTimeField("until", null=True, blank=True)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="given by")
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="approved by"
    )
    countries = ArrayField(models.CharField(max_length=2), verbose_name="only in countries", default=list, blank=True)
    sites = ArrayField(models.CharField(max_length=40), verbose_name="only at sites", default=list, blank=True)
    by_claim = models.BooleanField("while the provider says so", default=False)

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

    @property
    def place(self) -> str:
        """Where the role is held, with the countries and sites it is narrowed to."""
        return f"{self.anchor_label}{narrowed_in_words(self.countries, self.sites)}"

    @property
    def short_place(self) -> str:
        """Where the role is held by the number its label begins with; blank for the organization."""
        return "" if self.anchor_kind == Organization._meta.label_lower else self.anchor_label.partition(" ")[0]

    def is_current(self) -> bool:
        """Whether the role is held now."""
        now = timezone.now()
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


def roles_in_words(held: Iterable[RoleAssignment]) -> str:
    """Roles, each once, with where they are held by number: “Reader; Study manager in NW-101, NW-102 and 3 more”."""
    places: dict[str, list[str]] = {}
    for row in held:
        places.setdefault(ROLES[row.role].label, []).append(row.short_place)
    return "; ".join(f"{label}{_in_places(numbers)}" for label, numbers in places.items())


def _in_places(numbers: Sequence[str]) -> str:
    below = sorted(filter(None, numbers))
    more = f" and {len(below) - _FEW_PLACES} more" if len(below) > _FEW_PLACES else ""
    named = f"{', '.join(below[:_FEW_PLACES])}{more}"
    if len(below) == len(numbers):
        return f" in {named}"
    return f", also in {named}" if below else ""


def narrowed_in_words(countries: Sequence[str], sites: Sequence[str]) -> str:
    """“, only …” for a role that is narrowed; blank for one that is not."""
    parts = [", ".join(countries)] if countries else []
    parts += [f"site {number}" for number in sites]
    return f", only {', '.join(parts)}" if parts else ""


class RoleRequestState(models.TextChoices):
    """Where a request for a role stands."""

    REQUESTED = "requested", "Requested"
    GRANTED = "granted", "Granted"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class RoleRequest(StatefulModel):
    """That somebody asks for a role for a person; a role with weight is given once somebody else agreed."""

    state = state_field(RoleRequestState)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="person")
    role = models.CharField("role", max_length=30, choices=role_choices)
    anchor_kind = models.CharField("held in", max_length=60)
    anchor_id = models.BigIntegerField("held in (id)")
    anchor_label = models.CharField("held in", max_length=300)
    countries = ArrayField(models.CharField(max_length=2), verbose_name="only in countries", default=list, blank=True)
    sites = ArrayField(models.CharField(max_length=40), verbose_name="only at sites", default=list, blank=True)
    starts_at = models.DateTimeField("from", null=True, blank=True)
    ends_at = models.DateTimeField("until", null=True, blank=True)
    by_claim = models.BooleanField("while the provider says so", default=False)
    reason = models.TextField("why it is needed")
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="requested by")
    requested_at = models.DateTimeField("requested", default=timezone.now)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="decided by"
    )

    signed_fields: ClassVar[tuple[str, ...]] = ("user", "role", "anchor_kind", "anchor_id", "countries", "sites")
    trail_ignores: ClassVar[tuple[str, ...]] = (*StatefulModel.trail_ignores, "anchor_id", "anchor_kind")

    class Meta(StatefulModel.Meta):
        verbose_name = "request for a role"
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(state="withdrawn") | ~Q(decided_by=F("requested_by")),
                name="role_request_by_two_people",
            ),
        ]
        indexes = [models.Index(fields=["organization", "state"], name="role_request_by_state")]

    def __str__(self) -> str:
        return f"{self.user} as {ROLES[self.role].label} in {self.anchor_label}"

    @property
    def place(self) -> str:
        """Where the role would be held."""
        return f"{self.anchor_label}{narrowed_in_words(self.countries, self.sites)}"


class ReviewState(models.TextChoices):
    """Where a review of rights stands."""

    OPEN = "open", "Open"
    CONCLUDED = "concluded", "Concluded"
    LAPSED = "lapsed", "Lapsed"
    CANCELLED = "cancelled", "Cancelled"


class AccessReview(StatefulModel):
    """One reviewer's part of a campaign that asks of every right whether it is still needed (EMA A3.2).

    `answers` holds a row for each right: the assignment, whose it is, the right in words as it was when the campaign
    began, the decision (keep, change, remove; blank while open) and a comment. It is what the reviewer signs.
    """

    state = state_field(ReviewState)
    number = models.PositiveIntegerField("campaign")
    title = models.CharField("title", max_length=200)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="reviewer")
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="opened by")
    due_on = models.DateField("due")
    answers = models.JSONField("answers", default=list)
    opened_at = models.DateTimeField("opened", default=timezone.now)

    signed_fields: ClassVar[tuple[str, ...]] = ("number", "title", "reviewer", "answers")
    trail_ignores: ClassVar[tuple[str, ...]] = (*StatefulModel.trail_ignores, "answers")

    class Meta(StatefulModel.Meta):
        verbose_name = "access review"
        constraints = [
            models.UniqueConstraint(fields=["organization", "number", "reviewer"], name="review_once_a_reviewer")
        ]
        indexes = [models.Index(fields=["organization", "state", "due_on"], name="access_review_by_due")]

    def __str__(self) -> str:
        return f"{self.title}, by {self.reviewer}"

    def unanswered(self) -> int:
        """How many rights have no decision yet."""
        return len([each for each in self.answers if not each["decision"]])


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
