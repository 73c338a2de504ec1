"""Every field of every form and of every request of the API against strings and days that break careless software.

Forms are found by walking the addresses, requests by walking the API's description: a new one fails here until it is
listed with a valid answer, and a new field of a known one is tried without anybody listing it.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django import forms
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from cqms.api.description import document
from cqms.organizations.scope import scope
from tests.cast import Cast
from tests.contracts.filling import (
    ELSEWHERE,
    PLACES,
    PREPARED,
    REQUESTS,
    Request,
    browser_for,
    filled,
    method_of,
    numbers_of,
    right_answer,
)
from tests.contracts.forms import Place
from tests.contracts.inputs import filled_in
from tests.platform.asking import asking
from tests.platform.strings import DAYS, HOSTILE

FEW = ("null byte \x00 and <script>alert(1)</script>", "9999-12-31")


def forms_by_name() -> set[str]:
    """The name of every address whose view has a form."""
    return {name for name, view in _views(get_resolver("cqms.portal.urls_mounted"), "") if hasattr(view, "form_class")}


def _views(resolver: URLResolver, space: str) -> Iterator[tuple[str, Any]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _views(each, f"{each.namespace}:" if each.namespace else space)
        elif isinstance(each, URLPattern) and hasattr(each.callback, "view_class"):
            yield f"{space}{each.name}", each.callback.view_class


def test_every_form_is_listed() -> None:
    assert forms_by_name() == {place.name for place in PLACES} | ELSEWHERE.keys()


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_no_field_of_a_form_fails_on_a_few_hostile_answers(world: Cast, place: Place) -> None:
    _try_all_fields(world, place, FEW, _is_no_file)


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_field_alone_says_beside_itself_what_is_wrong(world: Cast, place: Place) -> None:
    _try_every_field(world, place, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_no_field_of_a_form_fails_on_any_hostile_answer(world: Cast, place: Place) -> None:
    _try_all_fields(world, place, (*HOSTILE, *DAYS), _is_written)


def _is_no_file(field: forms.Field) -> bool:
    return not isinstance(field, forms.FileField)


def _is_written(field: forms.Field) -> bool:
    return isinstance(field.widget, forms.TextInput | forms.Textarea)


def _try_every_field(world: Cast, place: Place, texts: tuple[str, ...]) -> None:
    client = browser_for(world, place)
    path = filled(world, place)
    form, right = right_answer(world, place, client, path)
    assert send_form(client, path, right)[0] in place.works, (
        "the right answer is taken, so that a wrong one is the reason"
    )
    for name, each in form.fields.items():
        for text in texts if _is_no_file(each) else ():
            status, answer = send_form(client, path, {**right, form.add_prefix(name): text})
            assert status in place.works | place.refuses, (name, text[:40])
            if status in place.refuses and answer.context:
                _is_said_beside(answer.context["form"], name, text)
            assert "<script>alert(1)" not in answer.content.decode(), (name, text[:40])


def _try_all_fields(
    world: Cast, place: Place, texts: tuple[str, ...], takes_part: Callable[[forms.Field], bool]
) -> None:
    """Each text in all fields at once; those that refuse it are left out, until the others are taken with it."""
    client = browser_for(world, place)
    path = filled(world, place)
    form, right = right_answer(world, place, client, path)
    fields = [name for name, each in form.fields.items() if takes_part(each)]
    for text in texts:
        tried = fields
        while tried:
            sent = {form.add_prefix(name): text for name in tried}
            status, answer = send_form(client, path, {**right, **sent})
            assert status in place.works | place.refuses, (tried, text[:40])
            assert "<script>alert(1)" not in answer.content.decode(), (tried, text[:40])
            if status in place.works or not answer.context:
                break
            tried = _without_refused(answer.context["form"], tried, text)


def _without_refused(form: forms.BaseForm, tried: list[str], text: str) -> list[str]:
    """The fields beside which nothing is said; where something is said on top only, the last may be the reason."""
    refused = [name for name in tried if {name, *_PARTNERS.get(name, ())} & form.errors.keys()]
    assert refused or "__all__" in form.errors, (tried, text[:40], form.errors)
    return [name for name in tried if name not in (refused or tried[-1:])]


def _is_said_beside(form: forms.BaseForm, name: str, text: str) -> None:
    """What is wrong stands at the field that is wrong, or on top of the form."""
    assert {*form.errors} & {name, "__all__", *_PARTNERS.get(name, ())}, (name, text[:40], form.errors)


_PARTNERS = {
    "since": ("until",),
    "temporary": ("expires_on",),
    "starts_on": ("ends_on",),
    "email": ("password",),
    "effective_on": ("reason",),
    "dated_on": ("in_force_from",),
    "training_impact": ("audience",),
}
"""Fields whose mistake is said at another field, because only both together are wrong."""


def send_form(client: Client, path: str, data: dict[str, Any]) -> tuple[int, Any]:
    """Send it and forget what it did."""
    for each in data.values():
        if hasattr(each, "seek"):
            each.seek(0)  # a file that was sent before
    with transaction.atomic():
        answer = client.post(path, data)
        transaction.set_rollback(True)
    return answer.status_code, answer


# The API


FILES = {
    "deviation_imports_create": "takes a file; bad ones stand with the tests of imports",
    "documents_versions_file_update": "takes a file; its bad files stand with the documents' tests",
    "records_files_create": "takes a file; its bad files and words stand with the tests of files and comments",
}


def described() -> dict[str, set[str]]:
    """Operation → the names of everything it is sent, from the API's own description."""
    whole = document()
    found = {}
    for ways in whole["paths"].values():
        for operation in (each for each in ways.values() if "requestBody" in each):
            [media] = operation["requestBody"]["content"].values()
            schema = whole["components"]["schemas"][media["schema"]["$ref"].rsplit("/", 1)[1]]
            found[operation["operationId"]] = set(schema["properties"])
    return found


def test_every_request_is_listed() -> None:
    found = described()
    assert found.keys() == {request.operation for request in REQUESTS} | FILES.keys()
    for request in REQUESTS:
        assert {*request.body, *request.refused, "revision", "no_identity"} >= found[request.operation], (
            f"{request}: give a right answer for each field"
        )


@pytest.mark.parametrize("request_", [each for each in REQUESTS if each.refused], ids=str)
def test_a_step_is_sent_nothing_that_another_step_asks_for(world: Cast, request_: Request) -> None:
    """Another step sets it: signed, from other people, or after something else was done."""
    send, body = sender(world, request_)
    for name, right in request_.refused.items():
        told = send({**body, name: right})
        assert (told.status_code, list(told.json()["error"]["fields"])) == (422, [name]), told.content[:200]


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_no_field_of_a_request_fails_on_a_few_hostile_answers(world: Cast, request_: Request) -> None:
    _try_all_names(world, request_, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_no_field_of_a_request_fails_alone(world: Cast, request_: Request) -> None:
    _try_every_name(world, request_, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_no_field_of_a_request_fails_on_any_hostile_answer(world: Cast, request_: Request) -> None:
    _try_all_names(world, request_, (*HOSTILE, *DAYS))


def _try_every_name(world: Cast, request: Request, texts: tuple[str, ...]) -> None:
    send, body = sender(world, request)
    for name in body:
        for text in texts:
            answer = send({**body, **_spoilt(body, [name], text)})
            assert answer.status_code in _ANSWERS, (name, text[:40], answer.content[:200])


def _try_all_names(world: Cast, request: Request, texts: tuple[str, ...]) -> None:
    """Each text under all names at once; those that refuse it are left out, until the others are taken with it."""
    spoil_all(*sender(world, request), texts)


def spoil_all(send: Callable[[dict[str, Any]], Any], body: dict[str, Any], texts: tuple[str, ...]) -> None:
    """Each text under all names of a body at once; those that refuse it are left out, until the others are taken."""
    for text in texts:
        tried, refused = list(body), {""}
        while tried and refused:
            answer = send({**body, **_spoilt(body, tried, text)})
            assert answer.status_code in _ANSWERS, (tried, text[:40], answer.content[:200])
            refused = _refused(answer) & set(tried)
            tried = [name for name in tried if name not in refused]


_ANSWERS = (200, 201, 409, 422)


def _refused(answer: Any) -> set[str]:
    if answer.status_code == 409:
        return {"revision"}
    named = answer.json()["error"]["fields"] if answer.status_code == 422 else {}
    return {place.split(".")[0] for place in named}


def _spoilt(body: dict[str, Any], names: list[str], text: str) -> dict[str, Any]:
    return {name: [text] if isinstance(body[name], list) else text for name in names}


def sender(world: Cast, request: Request) -> tuple[Callable[[dict[str, Any]], Any], dict[str, Any]]:
    """What sends a body, and a right one, which is taken."""
    ask = asking(getattr(world, request.who), world.ours)
    with scope(world.ours):
        PREPARED.get(request.operation, lambda _: None)(world)
        numbers = numbers_of(world)
    path, seen = request.path.format(**numbers), request.seen.format(**numbers)
    return sends(ask, method_of(request.operation), path, filled_in(request.body, numbers), seen)


def sends(
    ask: Any, method: str, path: str, right: dict[str, Any], seen: str
) -> tuple[Callable[..., Any], dict[str, Any]]:
    """What sends a body, and a right one, on the revision of what was `seen`."""
    body = {**right, "revision": ask.get(seen).json()["revision"]} if seen else right
    send = partial(_asked, ask, method, path)
    taken = send(body)
    assert taken.status_code in (200, 201), taken.content[:300]
    return send, body


def _asked(ask: Any, method: str, path: str, body: dict[str, Any]) -> Any:
    with transaction.atomic():
        answer = ask(method, path, body)
        transaction.set_rollback(True)
    return answer
