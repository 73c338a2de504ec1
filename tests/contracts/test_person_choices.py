"""Whoever was let in to one study is offered the people of that study in every form, and nobody else; nor may they
name anybody else over the API, where whom they do not know is nobody.
"""

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
from tests.contracts.filling import PLACES, REQUESTS, Request, browser_for, filled, method_of, numbers_of
from tests.contracts.foreign import NO_MAIL
from tests.contracts.forms import Place
from tests.platform.asking import asking
from tests.platform.browsing import same_for_all

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


def named_in(request: Request) -> list[str]:
    """The fields of a request that name people; `email` is the signature of who asks."""
    texts = {name: value[0] if isinstance(value, list) and value else value for name, value in request.body.items()}
    return [name for name, text in texts.items() if name != "email" and str(text).endswith("@cast.test")]


NAMING = [request for request in REQUESTS if named_in(request)]


def test_people_are_named_over_the_api_in_many_places():
    assert {"documents_create", "redactions_create", "trail_reviews_create", "issues_create"} <= {
        request.operation for request in NAMING
    }


@pytest.mark.parametrize("request_", NAMING, ids=str)
def test_no_request_lets_a_guest_name_somebody_they_may_not_know_of(world, request_, monkeypatch):
    ask = asking(getattr(world, request_.who), world.ours)
    with scope(world.ours):
        path = request_.path.format(**numbers_of(world))
        known = near(getattr(world, request_.who))
        stranger = next(each for each in (world.quality_head, world.process_owner, world.qa) if each.pk not in known)
    monkeypatch.setattr(Membership, "is_guest", property(lambda _: True))
    for name in named_in(request_):
        is_list = isinstance(request_.body[name], list)
        answers = []
        for email in (stranger.email, NO_MAIL):
            revision = {"revision": 1} if request_.seen else {}
            body = {**request_.body, **revision, name: [email] if is_list else email}
            answers.append(ask(method_of(request_.operation), path, body))
        assert [each.status_code for each in answers] == [422, 422], name
        assert same_for_all(answers[0]) == same_for_all(answers[1]), name
        assert any(field.partition(".")[0] == name for field in answers[0].json()["error"]["fields"]), name
