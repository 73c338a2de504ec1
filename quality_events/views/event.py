"""The pages of one event: what it is, opening, changing, and the steps of its life."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, ClassVar

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from cqms.attachments.services import attachments_of
from cqms.organizations.scope import today
from cqms.ui.atoms import Button
from cqms.ui.components import Lifecycle, SignDialog, Timeline
from cqms.ui.items import Crumb
from cqms.ui.moments import this_minute
from cqms.ui.story import timeline_of
from cqms.ui.views import DetailPage, FormPage, Page, StepPage
from quality_events import presentation, services
from quality_events.course import Path
from quality_events.forms import PlainStepForm, TypedStepForm
from quality_events.models import EventRecord
from quality_events.policies import may_edit
from quality_events.selectors import events_for
from quality_events.types import type_of
from studies.selectors import studies_for

RAIL = "quality_events"
_SHORT = 600  # characters that may stand above a step


class OfEvent(Page):
    """A page of one event. Define `model`."""

    rail = RAIL
    model: type[EventRecord] = EventRecord

    def load(self) -> Any:
        """The record of the address, if it exists for the reader. Raises Http404."""
        return get_object_or_404(events_for(self.model, self.reader), number=self.kwargs["number"])

    def crumbs(self) -> Sequence[Crumb]:
        found = type_of(self.model)
        place = [
            Crumb("Quality events", reverse("quality_events:list")),
            Crumb(found.plural, presentation.list_path(found)),
        ]
        number = self.kwargs.get("number")
        if number is None:
            return [*place, Crumb(self.get_title())]
        here = reverse(f"{found.space}:detail", kwargs={"number": number})
        return [*place, Crumb(number, "" if self.request.path == here else here)]

    @property
    def cancel_url(self) -> str:
        """Back to the record, or to the list while there is none."""
        found = type_of(self.model)
        if "number" in self.kwargs:
            return reverse(f"{found.space}:detail", kwargs={"number": self.kwargs["number"]})
        return presentation.list_path(found)


class EventDetail(OfEvent, DetailPage):
    """One event: what happened, links, files, facts, signatures, and its timeline.

    Define `path`, the usual states.
    """

    template_name = "quality_events/event.html"
    texts_title = "What happened"
    path: Path

    def get_record(self) -> Any:
        return self.load()

    @property
    def workflow(self) -> Any:  # type: ignore[override]
        """The life of the type."""
        return type_of(self.model).workflow

    def describe(self, record: Any) -> Mapping[str, object]:
        return presentation.event_page(record, self.request, texts=self.texts_title)

    def step_url(self, record: Any, key: str) -> str:
        return presentation.event_path(record, "step", step=key)

    def quiet_steps(self, record: Any) -> list[Button]:
        if record.state in type_of(record).ends or not may_edit(self.reader, record):
            return []
        return [Button("Edit", icon="edit", href=presentation.event_path(record, "edit"))]

    def lifecycle(self, record: Any) -> Lifecycle | None:
        return self.path.of(record, self.workflow, self.reader)

    def timeline(self, record: Any) -> Timeline:
        return timeline_of(record, self.request)


class NewEvent(OfEvent, FormPage):
    """Open a record of a type. Define `form_class`."""

    lede = "The number is given when you save."

    def get_title(self) -> str:
        return type_of(self.model).begins

    def get_record(self) -> None:
        presentation.may_begin(type_of(self.model)).demand(self.reader)

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {"reader": self.reader}

    def initial(self, record: Any) -> dict[str, Any]:
        asked = self.request.GET.get("study", "").replace("\x00", "")
        study = studies_for(self.reader).filter(number=asked).first() if asked else None
        return {
            "owner": self.reader.pk,
            "study": study.pk if study else None,
            "discovered_on": today(),
            "aware_at": this_minute(),
        }

    def save(self, form: Any, record: Any) -> str:
        made = services.open_event(self.model(number=""), actor=self.reader, values=self.values(form))
        return presentation.event_path(made)

    def values(self, form: Any) -> dict[str, Any]:
        """The fields of the record: a moment was told in the zone of who told it."""
        told = form.values()
        return {**told, "zone": self.reader.zone or "UTC"} if "aware_at" in told else told


class ChangeEvent(OfEvent, FormPage):
    """Change a record that has not ended. Define `form_class`."""

    autosave = False

    def get_title(self) -> str:
        return f"Edit {self.kwargs['number']}"

    def get_record(self) -> Any:
        record = self.load()
        may_edit.demand(self.reader, record)
        return record

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {"reader": self.reader}

    def initial(self, record: Any) -> dict[str, Any]:
        fields = {field.name: field for field in record._meta.concrete_fields}
        keys = {name: fields[name].attname for name in self.form_class.base_fields if name in fields}
        found = {name: getattr(record, attribute) for name, attribute in keys.items()}
        if found.get("aware_at"):
            found["aware_at"] = timezone.localtime(found["aware_at"])
        return found

    def save(self, form: Any, record: Any) -> str:
        data = form.cleaned_data
        changed = services.change_event(
            record, actor=self.reader, values=form.values(), revision=data["revision"], reason=data["reason"]
        )
        return presentation.event_path(changed)


class TypedStep(OfEvent, StepPage):
    """A step of an event or of a part of it. `forms` are those of the steps that ask for something.

    Define `workflow`, `get_record`, `record_url`, and `take`, the service that takes the step.
    """

    forms: ClassVar[Mapping[str, type[TypedStepForm]]] = {}
    take: Callable[..., Any]

    @property
    def form_class(self) -> type[PlainStepForm]:  # type: ignore[override]
        """The form of this step."""
        return self.forms.get(self.kwargs["step"], PlainStepForm)

    @property
    def signs_what_is_typed(self) -> bool:  # type: ignore[override]
        """Whether the step sets what it signs."""
        return self.kwargs["step"] in self.forms

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {"reader": self.reader, "record": record} if self.kwargs["step"] in self.forms else {}

    def initial(self, record: Any) -> dict[str, Any]:
        form = self.forms.get(self.kwargs["step"])
        fields = {field.name: field.attname for field in record._meta.concrete_fields}
        return {n: getattr(record, fields[n]) for n in form.declared_fields if n in fields} if form else {}

    def perform(self, record: Any, form: Any) -> None:
        data = form.cleaned_data
        self.take(
            record, self.kwargs["step"], actor=self.reader, revision=data["revision"], credentials=form.credentials(),
            reason=data.get("reason", ""), values=form.values() if isinstance(form, TypedStepForm) else {},
        )  # fmt: skip

    def as_signed(self, typed: QueryDict) -> Any:
        """With what is typed on this page."""
        record, form = copy(self.signed), self.form(typed)
        form.is_valid()
        return self.with_typed(record, form.values()) if isinstance(form, TypedStepForm) else record

    def with_typed(self, record: Any, values: Mapping[str, Any]) -> Any:
        """The record as the step will store it before it is signed."""
        for name, value in values.items():
            setattr(record, name, value.strip() if isinstance(value, str) else value)
        return record

    def statement(self, form: Any) -> SignDialog:
        """Without a hash where it covers what is typed on this page."""
        found = super().statement(form)
        return replace(found, hash="") if self.signs_what_is_typed else found


class EventStep(TypedStep):
    """One step in the life of an event."""

    template_name = "quality_events/step.html"
    fragment = "quality_events/step_fragment.html"
    take = staticmethod(services.take_step_of_type)

    def get_record(self) -> Any:
        return self.load()

    def around(self, form: Any) -> Mapping[str, Any]:
        """With what happened and its photos and files; long words wait folded, so that the step is at hand."""
        record, reader = self.record, self.reader
        texts = presentation.texts_of(record)
        short = sum(len(words) for _, words in texts) <= _SHORT
        files = presentation.files_to_see(record, attachments_of(record, reader), reader, apart=True)
        return {**super().around(form), "texts": texts, "texts_short": short, "files": files}

    @property
    def workflow(self) -> Any:  # type: ignore[override]
        """The life of the type."""
        return type_of(self.model).workflow

    def record_url(self, record: Any) -> str:
        return presentation.event_path(record)
