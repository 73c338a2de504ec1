"""Every text of every form, step and part of quality events, on its page and over the API (C91).

Forms and requests are found by walking the classes, steps by walking the workflows: a new one is covered the moment it
exists. What seems to name a participant is questioned beside its field, nothing typed is lost, the answer is taken.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from django import forms
from django.urls import get_resolver, resolve, reverse
from django.urls.resolvers import URLPattern, URLResolver

from cqms.api import serializers as platform
from cqms.api.description import document
from cqms.organizations.scope import scope
from cqms.ui.step_form import LAST
from cqms.workflow.engine import Step, Workflow
from quality_events import forms as pages
from quality_events import serializers as requests
from quality_events.changes.models import ImpactAssessment
from quality_events.presentation import event_path
from quality_events.privacy import A_SENTENCE, NO_IDENTITY
from quality_events.types import type_of
from quality_events.views.event import TypedStep
from tests.cast import Cast, email_of
from tests.contracts import events
from tests.contracts.filling import OURS, Request, browser_for, filled, of_event, right_answer, standing_in
from tests.contracts.forms import Place
from tests.contracts.test_text_fields import FEW, send_form, sender, sends, spoil_all
from tests.platform.asking import asking
from tests.platform.browsing import browse

NAMING = "Participant John Miller fell on the stairs."
SAID = "“Participant John Miller” looks like a name."
SHAPED = {"categories": "data / Participant John Miller was late: not important"}
"""Texts that are read by a program: a right one of its shape that names somebody."""

PLACES = [place for each in events.TYPES for place in each.PLACES]
SENT = [of_event(*row) for each in events.TYPES for row in each.REQUESTS]


def walked(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from walked(each, f"{each.namespace}:" if each.namespace else space)
        else:
            yield f"{space}{each.name}", each


ADDRESSES = dict(walked(get_resolver("cqms.portal.urls_mounted")))


def below(kind: type) -> Iterator[type]:
    for each in kind.__subclasses__():
        yield each
        yield from below(each)


def naming(names: Any) -> dict[str, str]:
    return {name: SHAPED.get(name, NAMING) for name in names}


def test_whatever_holds_sentences_about_quality_events_questions_them() -> None:
    """A new form, part or request cannot miss it."""
    mine = {each for each in below(forms.Form) if each.__module__.startswith("quality_events")}
    assert [each for each in mine if any(map(pages.holds_sentences, each.base_fields.values()))
            and not issubclass(each, pages.CodesOnly)] == []  # fmt: skip
    sent = {each for each in below(platform.Input) if each.__module__.startswith("quality_events")}
    assert [each for each in sent if any(map(requests.holds_sentences, each().fields.values()))
            and not issubclass(each, requests.CodesOnlyInput)] == []  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_form_questions_each_sentence_loses_nothing_and_takes_the_answer(world: Cast, place: Place) -> None:
    client, path = browser_for(world, place), filled(world, place)
    form, right = right_answer(world, place, client, path)
    read = form.sentences() if isinstance(form, pages.CodesOnly) else []
    told = {**right, **naming(read)}
    if read:
        _is_questioned(send_form(client, path, told), read)
    assert send_form(client, path, {**told, NO_IDENTITY: "on"})[0] in place.works


def _is_questioned(sent: tuple[int, Any], read: list[str]) -> None:
    status, answer = sent
    form, page = answer.context["form"], answer.content.decode()
    said = {name: str(form.errors[name][0]).startswith(SAID) for name in read}
    assert (status, said) == (422, dict.fromkeys(read, True))
    assert (NO_IDENTITY in form.fields, f'name="{NO_IDENTITY}"' in page) == (True, True)
    assert {name: form[name].value() for name in read} == naming(read)


@pytest.mark.parametrize("request_", [each for each in SENT if "/steps/" not in each.path], ids=str)
def test_a_request_questions_each_sentence_and_takes_the_answer(world: Cast, request_: Request) -> None:
    send, body = sender(world, request_)
    _asks_and_takes(send, body, sentences_of(request_.operation))


def sentences_of(operation: str) -> list[str]:
    """The texts of a request that can hold sentences, from the API's own description."""
    whole = document()
    [sent] = [each for ways in whole["paths"].values() for each in ways.values() if each["operationId"] == operation]
    [media] = sent["requestBody"]["content"].values()
    fields = whole["components"]["schemas"][media["schema"]["$ref"].rsplit("/", 1)[1]]["properties"]
    long = [name for name, each in fields.items() if each.get("maxLength", 0) >= A_SENTENCE]
    return [name for name in long if not fields[name].get("writeOnly")]


def _asks_and_takes(send: Callable[[dict[str, Any]], Any], body: dict[str, Any], read: Sequence[str]) -> None:
    told = {**body, **naming(read)}
    if read:
        refused = send(told)
        assert (refused.status_code, refused.json()["error"]["fields"]) == (422, {name: [SAID] for name in read})
    assert send({**told, NO_IDENTITY: bool(read)} if read else body).status_code in (200, 201)


# Steps


def forms_of_steps() -> dict[str, Mapping[str, type[pages.TypedStepForm]]]:
    """The form of each step that asks for something, by workflow: of events and of their parts."""
    found: dict[str, Mapping[str, type[pages.TypedStepForm]]] = {}
    for view in {getattr(each.callback, "view_class", None) for each in ADDRESSES.values()}:
        if view is not None and issubclass(view, TypedStep):
            own = view.workflow if isinstance(view.workflow, Workflow) else type_of(view.model).workflow
            found[own.key] = view.forms
    return found


def steps_with_texts() -> list[tuple[Any, Workflow, Step]]:
    """Module of the contracts, workflow and step: every one in which people write."""
    asks = forms_of_steps()
    return [
        (each, workflow, step)
        for each in events.TYPES for workflow in each.WORKFLOWS for step in workflow.steps
        if step.allowed and (step.reason or step.key in asks[workflow.key])
    ]  # fmt: skip


STEPS = steps_with_texts()
RIGHT = {
    resolve(f"/api/v1/{re.sub('{.*?}', '1', each.path)}").view_name: {**each.body, **each.refused}
    for each in SENT if "/steps/" in each.path
}  # fmt: skip
"""Right answers to everything that the steps of a kind ask, by the name of their address."""


def test_every_workflow_of_quality_events_has_its_steps_on_pages_and_in_the_api() -> None:
    known = {workflow.key for each in events.TYPES for workflow in each.WORKFLOWS}
    assert (forms_of_steps().keys(), {*addresses_of_steps()}) == (known, known)
    assert {*addresses_of_steps().values()} == RIGHT.keys()


def addresses_of_steps() -> dict[str, str]:
    """The name of the address in the API at which the steps of a workflow of quality events are taken."""
    known = {workflow.key for each in events.TYPES for workflow in each.WORKFLOWS}
    taken = {name: each.callback.cls.workflow for name, each in ADDRESSES.items()
             if getattr(each.callback, "actions", None) == {"post": "step"}}  # fmt: skip
    return {own.key: name for name, own in taken.items() if own.key in known}


@pytest.mark.slow
@pytest.mark.parametrize(("module", "workflow", "step"), STEPS, ids=lambda each: getattr(each, "key", ""))
def test_each_text_of_a_step_is_questioned_and_none_breaks_it(
    world: Cast, module: Any, workflow: Workflow, step: Step
) -> None:
    ways = (
        (label, can[step.key].split()[0]) for label, can in module.POSSIBLE[workflow.key].items() if step.key in can
    )
    label, who = next(ways)
    with scope(world.ours):
        record = module.in_state(world, label)
        if step.key == "duplicate":
            module.fill(world)  # so that there is another one
        page, path = OURS + page_of(record, step), path_of(record, workflow, step)
    client = browse(getattr(world, who))
    form = client.get(page).context["form"]
    read = form.sentences()
    if read:
        _is_questioned(send_form(client, page, {**standing_in(form), **naming(read)}), read)
    ask, right = asking(getattr(world, who), world.ours), right_for(workflow, step, who)
    send, body = sends(ask, "POST", path, right, path.partition("steps/")[0])
    _asks_and_takes(send, body, sorted({*read, "reason"}))
    spoil_all(send, body, FEW)


def page_of(record: Any, step: Step) -> str:
    """The page of a step of an event, or of a part of one."""
    if isinstance(record, ImpactAssessment):
        return event_path(record.change, "assessment", part=record.pk, step=step.key)
    return event_path(record, "step", step=step.key)


def path_of(record: Any, workflow: Workflow, step: Step) -> str:
    """The address of a step in the API."""
    is_part = isinstance(record, ImpactAssessment)
    keys = {"number": record.change.number, "part": record.pk} if is_part else {"number": record.number}
    name = addresses_of_steps()[workflow.key]
    return reverse(name, kwargs={**keys, "step": step.key}, urlconf="cqms.portal.urls_mounted").removeprefix("/api/v1/")


def right_for(workflow: Workflow, step: Step, who: str) -> dict[str, Any]:
    """Right answers to what the form of a step asks, and nothing of other steps."""
    asked = forms_of_steps()[workflow.key].get(step.key)
    own = asked.declared_fields.keys() if asked else set()
    known = RIGHT[addresses_of_steps()[workflow.key]]
    return {**{key: value for key, value in known.items() if key in {*own, *LAST}}, "email": email_of(who)}
