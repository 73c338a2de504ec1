"""What people keep about lists. Preferences, not records: nobody decides or proves anything by them."""

from typing import ClassVar

from django.db import models

from cqms.accounts.models import User
from cqms.organizations.models import OrganizationModel


class SavedView(OrganizationModel):
    """Filters, words, order and columns of a list under a name; shared ones are offered to the organization.

    `query` is the query string that shows it. A view limits nothing: whoever opens it sees what they may see.
    """

    list_key = models.CharField(max_length=60)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("name", max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    is_shared = models.BooleanField(default=False)

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "list_key", "owner", "name"], name="view_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class ListChoice(OrganizationModel):
    """What one person chose for one list: columns by key (none chosen: the list's own) and the view it opens with."""

    list_key = models.CharField(max_length=60)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    columns = models.JSONField(default=list)
    default_view = models.ForeignKey(SavedView, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta(OrganizationModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "person", "list_key"], name="list_choice_once")
        ]

    def __str__(self) -> str:
        return f"{self.list_key} of {self.person}"
