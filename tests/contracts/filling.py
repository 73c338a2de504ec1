"""How forms and requests of the API are filled in rightly, so that a contract can spoil one field of them."""

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.test import Client

from cqms.access.models import AccessReview, RoleAssignment, RoleRequest
from cqms.administration import reviews as access_reviews
from cqms.administration import settings_life
from cqms.api.description import document
from cqms.attachments.models import Attachment
from cqms.comments.models import Comment
from cqms.configuration.models import VersionOfSettings
from cqms.configuration.selectors import proposed
from cqms.identity.configuring import present_provider, put_in_force
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.redactions import services as redactions
from cqms.redactions.models import Redaction
from cqms.trail_reviews import services as trail_reviews
from cqms.trail_reviews.models import TrailComment, TrailReview
from documents import steps
from documents.models import PeriodicReview, Version
from quality_events.types import types
from tests.cast import Cast, email_of
from tests.contracts import events
from tests.contracts import forms as listed
from tests.contracts.forms import DRAFT, FIRST, SOON, WHY, Place
from tests.contracts.trail_requests import EMAIL, TRAIL_REQUESTS
from tests.platform.browsing import browse
from tests.platform.proving import give_app
from tests.world import building as worlds

OURS = "/o/northwind"
PLACES = (*listed.PLACES, *(place for each in events.TYPES for place in each.PLACES))
ELSEWHERE = listed.ELSEWHERE | {name: why for each in events.TYPES for name, why in each.ELSEWHERE.items()}


def browser_for(world: Cast, place: Place) -> Client:
    """The browser of who fills the form in, the password just given."""
    if not place.who:
        return Client()
    client = browse(getattr(world, place.who))
    _prove_oneself(client)
    return client


def _prove_oneself(client: Client) -> None:
    """As if the password had just been asked for, which pages about one's account want."""
    session = client.session
    session["proved_at"] = dt.datetime.now(dt.UTC).timestamp()
    session.save()


def right_answer(world: Cast, place: Place, client: Client, path: str) -> tuple[forms.BaseForm, dict[str, Any]]:
    """The form of a page, and a right answer to it."""
    opened = client.get(path)
    assert opened.status_code == 200, path
    form = opened.context["form"]
    people = {key: _person(world, value) for key, value in place.given.items()}
    people |= {key: form.fields[key].choices[0][0] for key, value in people.items() if value == FIRST}
    if "email" in form.fields and "email" not in people:
        people["email"] = email_of(place.who)
    return form, {key: value for key, value in {**standing_in(form), **people}.items() if value not in (None, "")}


def standing_in(form: forms.BaseForm) -> dict[str, Any]:
    """What stands in a form as it is opened."""
    found = {form.add_prefix(name): _plain(form[name].value()) for name in form.fields}
    return {key: value for key, value in found.items() if value not in (None, "")}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else "on" if value is True else value


def _person(world: Cast, value: Any) -> Any:
    is_person = isinstance(value, str) and value in ("process_owner", "study_manager", "qa")
    return getattr(world, value).pk if is_person else value


def filled(world: Cast, place: Place) -> str:
    """The path of a form with its holes filled, after what must have been done before."""
    if place.name.startswith(("outside:", "account_")):
        return place.path
    with scope(world.ours):
        PREPARED.get(place.name, lambda _: None)(world)
        return OURS + place.path.format(**numbers_of(world))


def _void_what_is_in_work(world: Cast) -> None:
    """So that the effective document takes another version."""
    draft = Version.objects.get(document=worlds.version_of(worlds.EFFECTIVE).document, state="draft")
    steps.take_step(draft, "void", actor=world.qa, credentials=worlds.credentials(world.qa), reason="Not needed.")


def _decline_what_waits(world: Cast) -> None:
    """So that other settings can be proposed."""
    waiting = proposed()
    settings_life.decline(waiting, actor=world.qa, revision=waiting.revision, reason="Not needed.")


def _end_the_campaign(world: Cast) -> None:
    """So that another can be opened."""
    for review in AccessReview.objects.filter(state="open"):
        access_reviews.REVIEW.perform(review, "lapse", actor=None)


def _answer_everything(world: Cast) -> None:
    """So that the review can be signed."""
    review = AccessReview.objects.get(reviewer=world.quality_head)
    given = {each["assignment"]: ("keep", "") for each in review.answers}
    access_reviews.answer(review, given, actor=world.quality_head, revision=review.revision)


def _give_the_reader_an_app(world: Cast) -> None:
    """So that there is something to lose."""
    give_app(world.reader)


def _answer_what_waits(world: Cast) -> None:
    """So that the review can be signed."""
    trail_reviews.answer(TrailComment.objects.get(), actor=world.author, text="By post.")


def _ask_for_a_redaction(world: Cast) -> None:
    """So that one waits for approval, too."""
    if not Redaction.objects.filter(state="requested").exists():
        wish = redactions.Wish(worlds.study_of_world(), ["Heron"], "name", "It names somebody.", world.qa)
        made = redactions.prepare(wish, actor=world.study_manager)
        redactions.ask(made, actor=world.study_manager, credentials=worlds.credentials(world.study_manager))


def _open_the_provider(world: Cast) -> None:
    """So that it can be closed."""
    put_in_force({**present_provider(), "is_open": True}, "", actor=world.qa, reason="Our people sign in there.")


PREPARED = {
    "portal:member_factors": _give_the_reader_an_app,
    "redactions:step": _ask_for_a_redaction,
    "redactions_steps_create": _ask_for_a_redaction,
    "trail_reviews:step": _answer_what_waits,
    "administration:review_new": _end_the_campaign,
    "access_reviews_create": _end_the_campaign,
    "administration:review_step": _answer_everything,
    "documents:new_version": _void_what_is_in_work,
    "documents_versions_create": _void_what_is_in_work,
    "administration:settings_propose": _decline_what_waits,
    "administration:provider": _decline_what_waits,
    "settings_create": _decline_what_waits,
    "settings_provider_stop_create": _open_the_provider,
    "administration:provider_stop": _open_the_provider,
}
"""What is done before, so that the right answer is taken."""


def numbers_of(world: Cast) -> dict[str, Any]:
    """What stands in the holes of paths; inside the scope of our organization."""
    titles = {
        "draft": worlds.DRAFT, "in_review": worlds.IN_REVIEW, "in_approval": worlds.IN_APPROVAL,
        "approved": worlds.APPROVED, "effective": worlds.EFFECTIVE,
    }  # fmt: skip
    found = {key: worlds.version_of(title).document.number for key, title in titles.items()}
    return {
        **found,
        **{name: value for each in events.TYPES for name, value in each.values().items()},
        "review": PeriodicReview.objects.filter(state="open").earliest("pk").pk,
        "study_id": worlds.study_of_world().pk,
        "file": Attachment.objects.get(record_kind="studies.study").pk,
        "remark": Comment.objects.get(record_kind="studies.study").pk,
        "site": worlds.study_of_world().sites.earliest("pk").number,
        "member": Membership.objects.get(user=world.reader).pk,
        "planned": TrailReview.objects.get(state="planned").number,
        "running": TrailReview.objects.get(state="running").number,
        "comment": TrailComment.objects.get().pk,
        "entry": TrailComment.objects.get().entry_id,
        "study": worlds.study_of_world().pk,
        "prepared": Redaction.objects.get(state="prepared").number,
        "requested": next(iter(Redaction.objects.filter(state="requested").values_list("number", flat=True)), ""),
        "settings": VersionOfSettings.objects.latest("pk").number,
        "document": worlds.version_of(worlds.EFFECTIVE).document_id,
        "wish": RoleRequest.objects.get().pk,
        "access_review": AccessReview.objects.get(reviewer=world.quality_head).pk,
        "asked_right": AccessReview.objects.get(reviewer=world.quality_head).answers[0]["assignment"],
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
    refused: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.operation


_STEP_OF_EVENT = re.compile(r"(?P<space>[a-z-]+)/\{\w+\}/steps/(?P<step>\w+)/")


def of_event(operation: str, who: str, path: str, body: dict[str, Any], seen: str = "") -> Request:
    """A request about events; right answers to other steps than its own are `refused`, and not in its body."""
    found = _STEP_OF_EVENT.fullmatch(path)
    asks = next((each.asks for each in types() if found and each.space == found["space"].replace("-", "_")), {})
    other = frozenset().union(*asks.values()) - asks.get(found["step"], frozenset()) if found and asks else frozenset()
    own, rest = ({k: v for k, v in body.items() if (k in other) is it} for it in (False, True))
    return Request(operation, who, path, own, seen, rest)


API_DRAFT = {
    **DRAFT,
    "training_impact": "read",
    "regulations": "ICH E6(R3)",
    "reviewers": [email_of("reviewer")],
    "function_leads": [],
}
_VERSION = "documents/{draft}/versions/1.0/"
_APPROVED = "documents/{approved}/versions/1.0/"
_EFFECTIVE = "documents/{effective}/versions/1.0/"
_REVIEW = "documents/{effective}/reviews/{review}/"
_STUDY = {
    "title": "Wren", "full_title": "A study", "registry_id": "NCT00000000", "kind": "interventional", "phase": "2",
    "sponsor": "N", "indication": "Sleep", "planned_participants": 10, "countries": ["DE"],
    "manager": email_of("study_manager"),
}  # fmt: skip
_PROTOCOL = {"dated_on": "2026-01-12", "in_force_from": "2026-02-02", "summary": "First version."}
_SITE = {"name": "Clinic", "country": "DE", "investigator": "Ida Igel", "opened_on": "2026-01-05", "closed_on": None}

REQUESTS = (
    *(of_event(*row) for each in events.TYPES for row in each.REQUESTS),
    *(Request(*row) for row in TRAIL_REQUESTS),
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
    Request("records_comments_create", "author", "records/studies.study/{study_id}/comments/",
            {"text": "Is this right?", "lane": "general"}),
    Request("records_comments_take_back_create", "study_manager", "records/studies.study/{study_id}/comments/{remark}/take-back/", WHY),
    Request("records_files_remove_create", "qa", "records/studies.study/{study_id}/files/{file}/remove/", WHY),
    Request("studies_milestones_update", "study_manager", "studies/NW-101/milestones/first_participant/",
            {**WHY, "planned_on": "2026-04", "actual_on": "2026-05"}, "studies/NW-101/milestones/first_participant/"),
    Request("studies_protocol_versions_create", "study_manager", "studies/NW-101/protocol-versions/",
            {**_PROTOCOL, "label": "2.0"}),
    Request("studies_protocol_versions_partial_update", "study_manager", "studies/NW-101/protocol-versions/1.0/",
            {**_PROTOCOL, **WHY, "label": "1.0"}, "studies/NW-101/protocol-versions/1.0/"),
    Request("studies_participants_update", "study_manager", "studies/NW-101/participants/",
            {**WHY, "month": "2026-09", "counts": [{"site": "01", "screened": 5, "enrolled": 3}]}),
    Request("studies_allocation_update", "statistician", "studies/NW-101/allocation/",
            {**WHY, "allocation": "Blocks of 4."}, "studies/NW-101/allocation/"),
    Request("studies_create", "quality_head", "studies/", {**_STUDY, "number": "NW-909", "status": "planned"}),
    Request("studies_partial_update", "quality_head", "studies/NW-101/", {**_STUDY, **WHY, "number": "NW-101", "status": "planned"},
            "studies/NW-101/"),
    Request("studies_sites_create", "study_manager", "studies/NW-101/sites/",
            {**_SITE, "number": "77", "status": "open"}),
    Request("studies_sites_partial_update", "study_manager", "studies/NW-101/sites/{site}/",
            {**_SITE, **WHY, "number": "01", "status": "open"}, "studies/NW-101/sites/{site}/"),
)  # fmt: skip


def method_of(operation: str) -> str:
    """The method of an operation, from the API's own description."""
    ways = [(way, each) for paths in document()["paths"].values() for way, each in paths.items()]
    return next(way.upper() for way, each in ways if each["operationId"] == operation)
