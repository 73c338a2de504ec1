"""The page shapes: nothing typed is lost, a refusal is a sentence, a step is a page and a dialog."""

import csv
import io
from dataclasses import dataclass
from typing import Any

import pytest
from django import forms
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from cqms.access.policies import anybody, nobody, policy
from cqms.accounts.models import User
from cqms.audit.refusals import Blocked, Changed, Denied
from cqms.ui import kept, panels
from cqms.ui.components import Badge
from cqms.ui.forms import RevisionForm, typed
from cqms.ui.items import Crumb
from cqms.ui.step_form import StepForm
from cqms.ui.views import Column, DetailPage, Filter, FormPage, ListPage, StepPage
from cqms.workflow import engine
from cqms.workflow.engine import Step, Workflow
from tests.platform.markup import faults_of, parse

READER = User(pk=7, name="Rita Edwards", email="rita@example.test")


def ask(method: str, path: str = "/here/", data: dict[str, Any] | None = None, **headers: str) -> HttpRequest:
    """A request of the reader as the middleware leaves it."""
    request = getattr(RequestFactory(), method)(path, data or {}, headers=headers)
    request.user, request.organization, request.session = READER, None, {}
    request._messages = CookieStorage(request)
    return request


@dataclass
class Note:
    """A record as the pages know one."""

    title: str = "Old title"
    revision: int = 3
    state: str = "draft"
    pk: int = 1

    def __str__(self) -> str:
        return f"NOTE-1 {self.title}"


class NoteForm(RevisionForm):
    """Title and kind of a note."""

    title = forms.CharField(label="Title", max_length=20)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "First kind"), ("b", "Second kind")])
    reason = forms.CharField(label="Reason", required=False)


class EditNote(FormPage):
    """Edits a note; what the service does is told by `outcome`."""

    title = "Edit the note"
    form_class = NoteForm
    outcome: Exception | None = None
    saved: list[dict[str, Any]] = []

    def get_record(self) -> Note:
        return Note(revision=4) if self.request.method == "POST" else Note()

    def initial(self, record: Note) -> dict[str, Any]:
        return {"title": record.title, "kind": "a"}

    def save(self, form: NoteForm, record: Note) -> str:
        if self.outcome:
            raise self.outcome
        self.saved.append(form.cleaned_data)
        return "/notes/1/"


def edit(request: HttpRequest, outcome: Exception | None = None) -> HttpResponse:
    return EditNote.as_view(outcome=outcome)(request)


TYPED = {"revision": "3", "title": "New title", "kind": "b", "reason": "A better one"}


@pytest.mark.django_db
def test_a_form_begins_with_the_record_and_its_revision() -> None:
    answer = edit(ask("get"))
    page = parse(answer.content.decode())
    values = {a["name"]: a.get("value") for tag, a in page.tags if tag == "input" and "name" in a}
    assert answer.status_code == 200
    assert {"revision": "3", "title": "Old title"}.items() <= values.items()
    assert ("form", "7:/here/") in {(tag, a.get("data-autosave")) for tag, a in page.tags}
    assert faults_of(page.source) == []


def test_valid_input_reaches_the_service_and_goes_on() -> None:
    EditNote.saved.clear()
    answer = edit(ask("post", data=TYPED))
    assert (answer.status_code, answer["Location"]) == (302, "/notes/1/")
    assert EditNote.saved == [{**TYPED, "revision": 3}]


def test_invalid_input_answers_422_with_a_summary_and_everything_typed() -> None:
    answer = edit(ask("post", data={**TYPED, "title": "x" * 21}))
    markup = answer.content.decode()
    assert answer.status_code == 422
    assert '<a href="#id_title">' in markup
    assert 'value="xxxxxxxxxxxxxxxxxxxxx"' in markup
    assert 'value="A better one"' in markup
    assert "<title>Error: Edit the note</title>" in markup


def test_a_refusal_stands_beside_its_field_with_its_own_status() -> None:
    refusal = Blocked(["Write a summary first."])
    refusal.field = "reason"
    answer = edit(ask("post", data=TYPED), refusal)
    assert answer.status_code == 422
    assert 'id="id_reason-error"' in answer.content.decode()
    answer = edit(ask("post", data=TYPED), Denied("Only the owner may do this."))
    assert answer.status_code == 403
    assert "Only the owner may do this." in answer.content.decode()


def test_a_stale_record_shows_both_versions_and_keeps_what_was_typed() -> None:
    answer = edit(ask("post", data=TYPED), Changed("Callum Reid saved it at 09:21."))
    page = parse(answer.content.decode())
    assert answer.status_code == 409
    assert "Callum Reid saved it at 09:21. Nothing you typed is lost" in page.source
    cells = [words for words in page.words if words in ("Old title", "New title", "First kind", "Second kind", "empty")]
    assert cells[:5] == ["Old title", "New title", "First kind", "Second kind", "empty"]
    values = {a["name"]: a.get("value") for tag, a in page.tags if tag == "input" and "name" in a}
    assert {"revision": "4", "title": "New title"}.items() <= values.items()


def test_kept_input_is_shown_once_after_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = [{"title": ["Typed before"], "kind": ["b"], "revision": ["1"]}]
    keeper = kept.Keeper(
        "kept_for", lambda user: f"signed-{user.pk}", lambda _: waiting.pop() if waiting else None, lambda _: None
    )
    monkeypatch.setattr(kept, "_keeper", [keeper])
    first, second = (edit(ask("get")).content.decode() for _ in range(2))
    assert "We kept what you typed" in first
    assert 'value="Typed before"' in first
    assert '<option value="b" selected>' in first
    assert 'name="revision" value="3"' in first
    assert 'name="kept_for" value="signed-7"' in first
    assert "We kept what you typed" not in second


class People(ListPage):
    """A list of accounts."""

    title = "People"
    size = 2
    order = "name"
    search_label = "Search people"
    file_name = "people"
    columns = (
        Column("Name", lambda user: user.name, sort="name", css="lead"),
        Column("State", lambda _: Badge("Active", "good"), lambda user: "active" if user.is_active else "closed"),
    )
    filters = (
        Filter(
            "state", "State", lambda _: [("1", "active"), ("0", "closed")],
            lambda people, value: people.filter(is_active=value == "1"),
        ),
    )  # fmt: skip

    def get_queryset(self) -> Any:
        return User.objects.filter(email__startswith="page")

    def search(self, queryset: Any, words: str) -> Any:
        return queryset.filter(name__icontains=words)


@pytest.fixture
def people(db: None) -> None:
    for number, name in enumerate(["Ada", "Bo", "=Cy", "Di", "Eve"]):
        User.objects.create(email=f"page{number}@example.test", name=name, is_active=name != "Bo")


def shown(query: str = "") -> tuple[HttpResponse, list[str]]:
    answer = People.as_view()(ask("get", f"/people/?{query}"))
    page = parse(answer.content.decode())
    return answer, [words for words in page.words if words in ("Ada", "Bo", "=Cy", "Di", "Eve")]


def links(answer: HttpResponse) -> dict[str, str]:
    return {a["rel"]: a["href"] for tag, a in parse(answer.content.decode()).tags if tag == "a" and "rel" in a}


def test_a_list_pages_forwards_and_back(people: None) -> None:
    first, names = shown()
    assert names == ["=Cy", "Ada"]
    second, names = shown(links(first)["next"][1:])
    assert names == ["Bo", "Di"]
    assert "Rows 3 to 4 of 5" in second.content.decode()
    _, names = shown(links(second)["prev"][1:])
    assert names == ["=Cy", "Ada"]
    assert faults_of(second.content.decode()) == []


def test_filters_search_and_sort_stand_in_the_address(people: None) -> None:
    assert shown("state=0")[1] == ["Bo"]
    assert shown("state=7")[1] == ["=Cy", "Ada"]
    assert shown("q=d&sort=-name")[1] == ["Di", "Ada"]
    assert shown("sort=password")[1] == ["=Cy", "Ada"]
    assert shown("after=nonsense")[1] == ["=Cy", "Ada"]
    answer, names = shown("q=%00zzz")
    assert names == []
    assert "Nothing matches" in answer.content.decode()


def test_the_csv_holds_exactly_what_is_filtered(people: None) -> None:
    answer = People.as_view()(ask("get", "/people/?state=1&format=csv"))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [["Name", "State"], ["'=Cy", "active"], ["Ada", "active"], ["Di", "active"], ["Eve", "active"]]
    assert answer["Content-Disposition"] == 'attachment; filename="people.csv"'


@policy("Only somebody else may publish.")
def somebody_else(person: User, record: Note) -> bool:
    return person.pk != READER.pk


class NoteState(models.TextChoices):
    """The states of a note."""

    DRAFT = "draft", "Draft"
    CLOSED = "closed", "Closed"


LIFE = Workflow(
    "notes.note",
    NoteState,
    (
        Step("close", ("draft",), "closed", "Close", "closed the note", "It stays readable.", anybody, reason=True),
        Step("publish", ("draft",), "closed", "Publish", "published", "Cannot be undone.", somebody_else),
        Step("wait", ("draft",), "closed", "Wait", "waited", "Waits.", anybody, lambda *_: ["It is too early."]),
        Step("reopen", ("closed",), "draft", "Reopen", "reopened", "Opens it.", anybody),
        Step("hide", ("draft",), "closed", "Hide", "hid", "Hides it.", nobody),
    ),
)


engine._registered.pop("notes.note")  # an example: the contracts walk the registry of real workflows


class NoteStep(StepPage):
    """Takes a step of a note; what the service does is told by `outcome`."""

    workflow = LIFE
    outcome: Exception | None = None
    done_with: list[dict[str, Any]] = []

    def get_record(self) -> Note:
        return Note()

    def record_url(self, record: Note) -> str:
        return "/notes/1/"

    def perform(self, record: Note, form: StepForm) -> None:
        if self.outcome:
            raise self.outcome
        self.done_with.append(form.cleaned_data)


def take(request: HttpRequest, step: str = "close", outcome: Exception | None = None) -> HttpResponse:
    return NoteStep.as_view(outcome=outcome)(request, step=step)


@pytest.mark.django_db
def test_a_step_is_a_page_that_says_what_will_happen() -> None:
    markup = take(ask("get")).content.decode()
    assert "Close: NOTE-1 Old title" in markup
    assert "It stays readable." in markup
    assert 'name="revision" value="3"' in markup
    assert "Your password" not in markup


@pytest.mark.django_db
def test_the_same_step_is_a_fragment_for_the_dialog() -> None:
    page = parse(take(ask("get", **{"HX-Target": "step-dialog"})).content.decode())
    assert page.tags[0][0] == "form"
    assert page.tags[0][1]["hx-post"] == page.tags[0][1]["action"] == "/here/"
    assert "html" not in {tag for tag, _ in page.tags}


def test_a_step_is_taken_and_goes_on_to_the_record() -> None:
    NoteStep.done_with.clear()
    request = ask("post", data={"revision": "3", "reason": "All said"})
    answer = take(request)
    assert (answer.status_code, answer["Location"]) == (302, "/notes/1/")
    assert NoteStep.done_with == [{"revision": 3, "reason": "All said"}]
    assert [str(message) for message in request._messages] == ["Done: Close, NOTE-1 Old title."]
    in_dialog = take(ask("post", data={"revision": "3", "reason": "x"}, **{"HX-Target": "step-dialog"}))
    assert (in_dialog.status_code, in_dialog["HX-Redirect"]) == (200, "/notes/1/")


def test_a_missing_reason_answers_422() -> None:
    answer = take(ask("post", data={"revision": "3", "reason": " "}))
    assert answer.status_code == 422
    assert 'href="#id_reason"' in answer.content.decode()


@pytest.mark.parametrize(
    ("step", "outcome", "status", "sentence"),
    [
        ("close", Blocked(["A part is open."]), 422, "A part is open."),
        ("reopen", None, 409, "Reopen is not possible: NOTE-1 Old title is draft."),
        ("wait", None, 409, "It is too early."),
        ("publish", None, 403, "Only somebody else may publish."),
    ],
)
def test_a_step_that_is_not_taken_says_why(step: str, outcome: Exception | None, status: int, sentence: str) -> None:
    data = {"revision": "3", "reason": "All said"}
    for headers in ({}, {"HX-Target": "step-dialog"}):
        answer = take(ask("post", data=data, **headers), step, outcome)
        assert answer.status_code == status
        assert sentence in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"HX-Target": "step-dialog"}], ids=["page", "dialog"])
def test_a_step_on_another_revision_shows_what_is_now_and_what_was_typed(headers: dict[str, str]) -> None:
    """The words stay, the revision is the one on the screen now, and nothing secret comes back."""
    data = {"revision": "2", "reason": "All <b>said</b>", "password": "never again"}
    answer = take(ask("post", data=data, **headers), outcome=Changed("Somebody changed this record."))
    markup = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody changed this record." in markup
    assert "All &lt;b&gt;said&lt;/b&gt;</textarea>" in markup
    assert 'name="revision" value="3"' in markup
    assert "never again" not in markup


@pytest.mark.parametrize("headers", [{}, {"HX-Target": "step-dialog"}], ids=["page", "dialog"])
def test_a_step_that_is_gone_gives_the_words_back(headers: dict[str, str]) -> None:
    data = {"revision": "3", "reason": "All <b>said</b>", "password": "never again"}
    answer = take(ask("post", data=data, **headers), "reopen")
    markup = answer.content.decode()
    assert answer.status_code == 409
    assert "What you typed" in markup
    assert "All &lt;b&gt;said&lt;/b&gt;" in markup
    assert "never again" not in markup


def test_an_unknown_step_does_not_exist() -> None:
    with pytest.raises(Http404):
        take(ask("get"), "vanish")


class ShowNote(DetailPage):
    """Shows a note."""

    workflow = LIFE

    def get_record(self) -> Note:
        return Note()

    def describe(self, record: Note) -> dict[str, object]:
        return {"title": record.title, "number": "NOTE-1", "badge": Badge("Draft", "neutral"), "owner": "Ada"}

    def crumbs(self) -> list[Crumb]:
        return [Crumb("Notes", "/notes/"), Crumb("NOTE-1")]

    def step_url(self, record: Note, key: str) -> str:
        return f"/notes/1/{key}/"


def test_a_detail_page_offers_the_possible_steps_and_says_what_others_wait_for() -> None:
    page = parse(ShowNote.as_view()(ask("get")).content.decode())
    assert [a["href"] for tag, a in page.tags if a.get("hx-target") == "#step-dialog"] == ["/notes/1/close/"]
    assert "It is too early." in page.source
    assert "Publish" not in page.source
    assert "Hide" not in page.source
    assert "<title>NOTE-1 Old title</title>" in page.source


def test_panels_of_higher_apps_stand_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "_registered", type(panels._registered)(list))
    panels.register("notes.note", panels.Panel("components/number.html", lambda *_: None, 1))
    late = panels.Panel("components/progress.html", lambda *_: {"doing": "Late", "value": 1, "max": 2}, 20)
    early = panels.Panel("components/progress.html", lambda *_: {"doing": "Early", "value": 1, "max": 2}, 10)
    for each in (late, early, late):
        panels.register("notes.note", each)
    markup = panels.render("notes.note", Note(), ask("get"))
    assert markup.count("<b>Late</b>") == 1
    assert markup.index("Early") < markup.index("Late")


def test_typed_fields_of_several_values_come_back() -> None:
    class Many(forms.Form):
        picks = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")])

    assert typed(Many(), {"picks": ["a", "b"], "other": ["x"]}) == {"picks": ["a", "b"]}
