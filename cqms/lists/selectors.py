"""Reads of saved views and choices, for one person and one list."""

from django.db.models import Q

from cqms.accounts.models import User
from cqms.lists.models import ListChoice, SavedView
from cqms.lists.policies import may_share


def views_for(person: User, list_key: str) -> list[SavedView]:
    """The views offered to the person: their own by name, then what others share."""
    offered = Q(owner=person) | Q(is_shared=True) if may_share(person, None) else Q(owner=person)
    rows = SavedView.objects.filter(offered, list_key=list_key).select_related("owner").order_by("name", "pk")
    return sorted(rows, key=lambda view: view.owner_id != person.pk)


def choice_of(person: User, list_key: str) -> ListChoice:
    """What the person chose for the list; an unsaved row that chooses nothing if they never did."""
    found: ListChoice | None = ListChoice.objects.filter(person=person, list_key=list_key).first()
    return found or ListChoice(person=person, list_key=list_key)
