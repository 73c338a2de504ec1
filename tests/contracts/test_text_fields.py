"""Every field of every form and of every request of the API against strings and days that break careless software.

Forms are found by walking the addresses, requests by walking the API's description: a new one fails here until it is
listed with a valid answer, and a new field of a known one is tried without anybody listing it.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django import forms
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from cqms.access.models import RoleAssignment
from cqms.administration import settings_life
from cqms.api.description import document
from cqms.configuration.models import VersionOfSettings
from cqms.configuration.selectors import proposed
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from documents import steps
from documents.models import PeriodicReview, Version
from tests.cast import PASSWORD, Cast, email_of
from tests.platform.asking import asking
from tests.platform.browsing import browse
from tests.platform.strings import DAYS, HOSTILE
from tests.world import building as worlds

FEW = ("null byte \x00 and <script>alert(1)</script>", "9999-12-31")
OURS = "/o/northwind"
ALLAUTH = frozenset({200, 302})

NO_DEVICE = frozenset({422})
"""Only a device knows the right answer, so that every answer is refused."""

Given = Callable[[Cast], dict[str, Any]]


@dataclass(frozen=True)
class Place:
    """A form: its address with holes, who fills it in, and what they enter besides what stands there already."""

    name: str
    who: str
    path: str
    given: dict[str, Any] = field(default_factory=dict)
    works: frozenset[int] = frozenset({302})
    refuses: frozenset[int] = frozenset({409, 422})

    def __str__(self) -> str:
        return self.path


DRAFT = {
    "title": "Calibration",
    "change_summary": "All",
    "change_reason": "A law",
    "audience": "All",
    "markdown": "# A",
}
FIRST = "the first that is offered"
SIGNED = {"password": PASSWORD, "accepts_binding": "on"}
WHY = {"reason": "Because."}
SOON = (dt.date.today() + dt.timedelta(days=30)).isoformat()  # noqa: DTZ011 - any day of next month will do

PLACES = (
    Place("documents:new", "author", "/documents/new/", {**DRAFT, "owner": "process_owner"}),
    Place("documents:edit", "author", "/documents/{draft}/1.0/edit/", DRAFT),
    Place("documents:new_version", "author", "/documents/{effective}/new-version/", DRAFT),
    Place("documents:change", "document_control", "/documents/{draft}/change/", {**WHY, "department": "Archive"}),
    Place("documents:plan_review", "document_control", "/documents/{effective}/1.0/plan-review/", WHY),
    Place("documents:review", "process_owner", "/documents/{effective}/reviews/{review}/conclude/",
          {**SIGNED, "verdict": "revise", "comment": "A new law."}),
    Place("documents:step", "author", "/documents/{in_review}/1.0/steps/recall/", WHY),
    Place("documents:step", "reviewer", "/documents/{in_review}/1.0/steps/send_back/", {**SIGNED, **WHY}),
    Place("documents:step", "process_owner", "/documents/{in_approval}/1.0/steps/approve/", SIGNED),
    Place("documents:step", "document_control", "/documents/{approved}/1.0/steps/schedule/",
          {**WHY, "effective_on": SOON}),
    Place("studies:new", "quality_head", "/studies/new/",
          {"number": "NW-909", "title": "Wren", "phase": "2", "sponsor": "N", "countries": ["DE"],
           "manager": "study_manager"}),
    Place("studies:edit", "quality_head", "/studies/NW-101/edit/", WHY),
    Place("studies:site_new", "study_manager", "/studies/NW-101/sites/new/",
          {"number": "77", "name": "Clinic", "country": "DE", "status": "planned"}),
    Place("studies:site_edit", "study_manager", "/studies/NW-101/sites/{site}/edit/", WHY),
    Place("studies:milestone", "study_manager", "/studies/NW-101/milestones/first_participant/", WHY),
    Place("studies:protocol_new", "study_manager", "/studies/NW-101/protocol/new/",
          {"label": "3.0", "dated_on": "2026-01-05"}),
    Place("studies:protocol_edit", "study_manager", "/studies/NW-101/protocol/1.0/edit/", WHY),
    Place("studies:participants", "study_manager", "/studies/NW-101/participants/", WHY),
    Place("portal:trail_export", "quality_head", "/trail/export/"),
    Place("portal:invite", "administrator", "/members/invite/",
          {"email": "new@cast.test", "name": "Nora New", "role": "reader", "place": FIRST}),
    Place("portal:provider", "administrator", "/members/provider/",
          {**WHY, "name": "Sign-in", "issuer": "http://localhost:9", "client_id": "portal", "secret": "s",
           "domains": "cast.test"}),
    Place("portal:member_give_role", "administrator", "/members/{member}/give-role/", {"role": "inspector", "place": FIRST}),
    Place("portal:member_rename", "administrator", "/members/{member}/name/", {**WHY, "name": "Rita Reader"}),
    Place("portal:member_end", "administrator", "/members/{member}/end/", WHY),
    Place("portal:role_end", "administrator", "/members/roles/{role}/end/", WHY),
    Place("administration:settings_propose", "administrator", "/administration/settings/propose/",
          {**WHY, "idle_minutes": 15}),
    Place("administration:settings_step", "quality_head", "/administration/settings/{settings}/approve/", SIGNED),
    Place("administration:settings_step", "qa", "/administration/settings/{settings}/decline/", WHY),
    Place("outside:confirm", "author", "/account/confirm/", {"password": PASSWORD}),
    Place("outside:second_factor", "author", "/account/second-factor/", works=NO_DEVICE),
    Place("outside:app_add", "author", "/account/factors/app/", works=NO_DEVICE),
    Place("outside:passkey_add", "author", "/account/factors/passkey/", works=NO_DEVICE),
    Place("outside:zone", "author", "/account/zone/"),
    Place("outside:token_new", "author", "/account/tokens/new/", {"name": "report", "organization": "northwind"},
          works=frozenset({201})),
    Place("account_login", "", "/accounts/login/", {"login": email_of("author"), "password": PASSWORD},
          refuses=ALLAUTH),
    Place("account_reset_password", "", "/accounts/password/reset/", {"email": email_of("author")}, refuses=ALLAUTH),
    Place("account_change_password", "author", "/accounts/password/change/",
          {"oldpassword": PASSWORD, "password1": "ripe quinces in a bowl", "password2": "ripe quinces in a bowl"},
          refuses=ALLAUTH),
)  # fmt: skip
ELSEWHERE = {
    "account_signup": "nobody signs up by themselves: it shows no form",
    "account_reauthenticate": "nothing of ours asks for it",
    "account_reset_password_from_key": "the two fields of the page that changes a password",
    "mfa_authenticate": "the field of outside:second_factor, in the middle of signing in",
    "mfa_login_webauthn": "takes what a device made",
    "outside:codes": "asks nothing",
    "outside:factor_remove": "asks nothing",
    "portal:member_invite": "asks nothing",
    "studies:register": "takes a file alone",
    "studies:register_preview": "its fields are those of studies:new; its words are tried with the records of the register",
    "studies:participants_file": "takes a file; its reason is that of studies:participants",
}
"""Addresses with a form class that show no field of their own, with the reason."""


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
    _try_every_field(world, place, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_no_field_of_a_form_fails_on_any_hostile_answer(world: Cast, place: Place) -> None:
    _try_every_field(world, place, (*HOSTILE, *DAYS))


def _try_every_field(world: Cast, place: Place, texts: tuple[str, ...]) -> None:
    client = browse(getattr(world, place.who)) if place.who else Client()
    if place.who:
        _prove_oneself(client)
    path = _filled(world, place)
    form, right = _right_answer(world, place, client, path)
    assert _send(client, path, right)[0] in place.works, "the right answer is taken, so that a wrong one is the reason"
    for name, each in form.fields.items():
        if isinstance(each, forms.FileField):
            continue
        for text in texts if isinstance(each.widget, forms.TextInput | forms.Textarea) else FEW:
            status, answer = _send(client, path, {**right, form.add_prefix(name): text})
            assert status in place.works | place.refuses, (name, text[:40])
            if status in place.refuses and answer.context:
                _is_said_beside(answer.context["form"], name, text)
            assert "<script>alert(1)" not in answer.content.decode(), (name, text[:40])


def _prove_oneself(client: Client) -> None:
    """As if the password had just been asked for, which pages about one's account want."""
    session = client.session
    session["proved_at"] = dt.datetime.now(dt.UTC).timestamp()
    session.save()


def _is_said_beside(form: forms.BaseForm, name: str, text: str) -> None:
    """What is wrong stands at the field that is wrong, or on top of the form."""
    assert {*form.errors} & {name, "__all__", *_PARTNERS.get(name, ())}, (name, text[:40], form.errors)


_PARTNERS = {
    "since": ("until",),
    "email": ("password",),
    "effective_on": ("reason",),
    "dated_on": ("in_force_from",),
    "training_impact": ("audience",),
}
"""Fields whose mistake is said at another field, because only both together are wrong."""


def _send(client: Client, path: str, data: dict[str, Any]) -> tuple[int, Any]:
    """Send it and forget what it did."""
    with transaction.atomic():
        answer = client.post(path, data)
        transaction.set_rollback(True)
    return answer.status_code, answer


def _right_answer(world: Cast, place: Place, client: Client, path: str) -> tuple[forms.BaseForm, dict[str, Any]]:
    opened = client.get(path)
    assert opened.status_code == 200, path
    form = opened.context["form"]
    standing = {form.add_prefix(name): _plain(form[name].value()) for name in form.fields}
    people = {key: _person(world, value) for key, value in place.given.items()}
    people |= {key: form.fields[key].choices[0][0] for key, value in people.items() if value == FIRST}
    if "email" in form.fields and "email" not in people:
        people["email"] = email_of(place.who)
    return form, {key: value for key, value in {**standing, **people}.items() if value not in (None, "")}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else "on" if value is True else value


def _person(world: Cast, value: Any) -> Any:
    is_person = isinstance(value, str) and value in ("process_owner", "study_manager")
    return getattr(world, value).pk if is_person else value


def _filled(world: Cast, place: Place) -> str:
    if place.name.startswith(("outside:", "account_")):
        return place.path
    with scope(world.ours):
        PREPARED.get(place.name, lambda _: None)(world)
        return OURS + place.path.format(**_numbers(world))


def _void_what_is_in_work(world: Cast) -> None:
    """So that the effective document takes another version."""
    draft = Version.objects.get(document=worlds.version_of(worlds.EFFECTIVE).document, state="draft")
    steps.take_step(draft, "void", actor=world.qa, credentials=worlds.credentials(world.qa), reason="Not needed.")


def _decline_what_waits(world: Cast) -> None:
    """So that other settings can be proposed."""
    waiting = proposed()
    settings_life.decline(waiting, actor=world.qa, revision=waiting.revision, reason="Not needed.")


PREPARED = {
    "documents:new_version": _void_what_is_in_work,
    "documents_versions_create": _void_what_is_in_work,
    "administration:settings_propose": _decline_what_waits,
}
"""What is done before, so that the right answer is taken."""


def _numbers(world: Cast) -> dict[str, Any]:
    titles = {
        "draft": worlds.DRAFT, "in_review": worlds.IN_REVIEW, "in_approval": worlds.IN_APPROVAL,
        "approved": worlds.APPROVED, "effective": worlds.EFFECTIVE,
    }  # fmt: skip
    found = {key: worlds.version_of(title).document.number for key, title in titles.items()}
    return {
        **found,
        "review": PeriodicReview.objects.filter(state="open").earliest("pk").pk,
        "site": worlds.study_of_world().sites.earliest("pk").number,
        "member": Membership.objects.get(user=world.reader).pk,
        "settings": VersionOfSettings.objects.latest("pk").number,
        "role": RoleAssignment.objects.filter(user=world.reader).latest("pk").pk,
    }


# The API


@dataclass(frozen=True)
class Request:
    """A request with a right body; `seen` is the path of the record whose revision it names."""

    operation: str
    who: str
    path: str
    body: dict[str, Any]
    seen: str = ""

    def __str__(self) -> str:
        return self.operation


API_DRAFT = {
    **DRAFT,
    "training_impact": "read",
    "regulations": "ICH E6(R3)",
    "reviewers": [email_of("reviewer")],
    "function_leads": [],
}
EMAIL = {"email": email_of("process_owner"), "password": PASSWORD, "code": "", "accepts_binding": True}
_VERSION = "documents/{draft}/versions/1.0/"
_APPROVED = "documents/{approved}/versions/1.0/"
_EFFECTIVE = "documents/{effective}/versions/1.0/"
_REVIEW = "documents/{effective}/reviews/{review}/"
_STUDY = {
    "title": "Wren", "full_title": "A study", "registry_id": "NCT00000000", "kind": "interventional", "phase": "2",
    "sponsor": "N", "indication": "Sleep", "planned_participants": 10, "countries": ["DE"],
    "manager": email_of("study_manager"),
}  # fmt: skip
_SITE = {"name": "Clinic", "country": "DE", "investigator": "Ida Igel", "opened_on": "2026-01-05", "closed_on": None}

REQUESTS = (
    Request("documents_create", "author", "documents/",
            {**API_DRAFT, "type": "sop", "owner": email_of("process_owner"), "department": "Archive", "study": None}),
    Request("documents_partial_update", "document_control", "documents/{draft}/",
            {**WHY, "owner": email_of("quality_head"), "department": "Archive"}, "documents/{draft}/"),
    Request("documents_versions_create", "author", "documents/{effective}/versions/", {**API_DRAFT, "size": "major"}),
    Request("documents_versions_partial_update", "author", _VERSION, API_DRAFT, _VERSION),
    Request("documents_versions_next_review_update", "document_control", f"{_EFFECTIVE}next-review/",
            {**WHY, "next_review_on": SOON}, _EFFECTIVE),
    Request("documents_versions_steps_create", "document_control", f"{_APPROVED}steps/schedule/",
            {**WHY, **EMAIL, "effective_on": SOON}, _APPROVED),
    Request("documents_reviews_steps_create", "process_owner", f"{_REVIEW}steps/conclude/",
            {**WHY, **EMAIL, "verdict": "revise", "comment": "A new law."}, _REVIEW),
    Request("studies_create", "quality_head", "studies/", {**_STUDY, "number": "NW-909", "status": "planned"}),
    Request("studies_partial_update", "quality_head", "studies/NW-101/", {**_STUDY, **WHY, "number": "NW-101", "status": "planned"},
            "studies/NW-101/"),
    Request("studies_sites_create", "study_manager", "studies/NW-101/sites/",
            {**_SITE, "number": "77", "status": "open"}),
    Request("studies_sites_partial_update", "study_manager", "studies/NW-101/sites/{site}/",
            {**_SITE, **WHY, "number": "01", "status": "open"}, "studies/NW-101/sites/{site}/"),
)  # fmt: skip
FILES = {"documents_versions_file_update": "takes a file; its bad files stand with the documents' tests"}


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
        assert {*request.body, "revision"} >= found[request.operation], f"{request}: give a right answer for each field"


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_no_field_of_a_request_fails_on_a_few_hostile_answers(world: Cast, request_: Request) -> None:
    _try_every_name(world, request_, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_no_field_of_a_request_fails_on_any_hostile_answer(world: Cast, request_: Request) -> None:
    _try_every_name(world, request_, (*HOSTILE, *DAYS))


def _try_every_name(world: Cast, request: Request, texts: tuple[str, ...]) -> None:
    ask = asking(getattr(world, request.who), world.ours)
    with scope(world.ours):
        PREPARED.get(request.operation, lambda _: None)(world)
        numbers = _numbers(world)
    path, body = request.path.format(**numbers), dict(request.body)
    if request.seen:
        body["revision"] = ask.get(request.seen.format(**numbers)).json()["revision"]
    method = _method(request.operation)
    assert _asked(ask, method, path, body).status_code in (200, 201)
    for name, value in body.items():
        for text in texts:
            answer = _asked(ask, method, path, {**body, name: [text] if isinstance(value, list) else text})
            assert answer.status_code in (200, 201, 409, 422), (name, text[:40], answer.content[:200])


def _asked(ask: Any, method: str, path: str, body: dict[str, Any]) -> Any:
    with transaction.atomic():
        answer = ask(method, path, body)
        transaction.set_rollback(True)
    return answer


def _method(operation: str) -> str:
    ways = [(way, each) for paths in document()["paths"].values() for way, each in paths.items()]
    return next(way.upper() for way, each in ways if each["operationId"] == operation)
