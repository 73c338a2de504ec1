"""Whoever was let in to one study is offered the people of that study in every form, and nobody else."""

import pytest
from django import forms
from django.db import transaction
from django.db.models import Q

from cqms.access.models import RoleAssignment
from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope, scope_cache
from tests.cast import Cast
from tests.contracts.filling import PLACES, browser_for, filled
from tests.contracts.forms import Place

APPS = sorted({place.name.partition(":")[0] for place in PLACES if place.who and ":" in place.name})


def near(person: User) -> set[int]:
    """Who holds a role at a place where the person holds one; nobody for a role in the whole organization."""
    places = Q(pk__in=())
    for kind, pks in reach_of(person).by_anchor[Capability.READ].items():
        places |= Q(anchor_kind=kind, anchor_id__in=pks)
    return set(RoleAssignment.objects.filter(places).values_list("user_id", flat=True))


def strangers(world: Cast, place: Place) -> dict[str, list[str]]:
    """By field, whom a form offers to who fills it in although they share no place."""
    client = browser_for(world, place)
    with pytest.MonkeyPatch.context() as patch:
        path = filled(world, place)
        patch.setattr(Membership, "is_guest", property(lambda _: True))
        opened = client.get(path)
        if opened.status_code != 200:
            return {}
        person, found = getattr(world, place.who), {}
        with scope(world.ours):
            scope_cache().clear()
            known = near(person)
            for name, field in opened.context["form"].fields.items():
                if isinstance(field, forms.ModelChoiceField) and field.queryset.model is User:
                    found[name] = [str(each) for each in field.queryset if each.pk not in known]
    return found


@pytest.mark.parametrize("app", APPS)
def test_no_form_offers_a_guest_somebody_they_may_not_know_of(world, app):
    told = {}
    for place in (each for each in PLACES if each.name.startswith(f"{app}:") and each.who):
        with transaction.atomic():
            told |= {f"{place} {name}": people for name, people in strangers(world, place).items() if people}
            transaction.set_rollback(True)  # what was prepared for this form stands in the way of the next
    assert told == {}
