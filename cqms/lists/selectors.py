"""Reads of saved views and choices, for one person and one list."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from cqms.accounts.models import User
from cqms.lists.models import ListChoice, SavedView
from cqms.lists.policies import may_share
from cqms.organizations.models import Membership
from cqms.organizations.prepared import Prepared


@dataclass(frozen=True)
class Own:
    """What a person made of a list: their choice (an unsaved row if they never chose), and the views offered."""

    choice: ListChoice
    views: list[SavedView]


def own_of(person: User, list_key: str) -> Own:
    """The choice and the views of a person: their own by name, then what others share; one query.

    Read beside the membership, of which there is one row whatever was chosen or saved.
    """
    asked: list[Any] = _OWN[may_share(person, None)].ask(person=person.pk, list_key=list_key)
    organization, choice, found = asked[0] if asked else (None, None, [])
    around = {"organization_id": organization, "list_key": list_key}
    rows = [_view(each, around) for each in found]
    return Own(
        ListChoice(person=person, **around, **(choice or {})),
        sorted(rows, key=lambda view: view.owner_id != person.pk),
    )


def _own(person: int, list_key: str, *, with_shared: bool) -> QuerySet[Any]:
    offered = Q(owner=person) | Q(is_shared=True) if with_shared else Q(owner=person)
    views = SavedView.objects.filter(offered, list_key=list_key).order_by("name", "pk")
    chosen = ListChoice.objects.filter(person=person, list_key=list_key)
    names = ("id", "owner_id", "name", "query", "is_shared")
    of_view = JSONObject(by="owner__name", **{name: name for name in names})
    of_choice = JSONObject(id="id", columns="columns", default_view_id="default_view_id")
    return Membership.objects.filter(user=person).values_list(
        "organization_id",
        Subquery(chosen.values(json=of_choice)),
        ArraySubquery(views.values(json=of_view)),
    )


_OWN = {each: Prepared(partial(_own, with_shared=each), person=int, list_key=str) for each in (True, False)}


def _view(found: dict[str, Any], around: dict[str, Any]) -> SavedView:
    owner = User(pk=found.pop("owner_id"), name=found.pop("by"))
    return SavedView(owner=owner, **found, **around)
