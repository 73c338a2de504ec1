"""Pages of what belongs to a change: its plan, the functions that are asked, and its tasks."""

from collections.abc import Mapping
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.html import format_html

from cqms.audit.refusals import WrongState
from cqms.ui.views import FormPage
from quality_events.changes import asking, services
from quality_events.changes.forms import (
    ASSESSMENT_STEPS,
    ChangeTaskForm,
    CompleteTaskForm,
    PlanForm,
    QuestionForm,
    TaskForm,
)
from quality_events.changes.models import ChangeControl, ChangeTask, ImpactAssessment
from quality_events.changes.policies import may_complete
from quality_events.changes.stages import PLAN
from quality_events.changes.workflow import IMPACT, PLANNED_IN
from quality_events.policies import owns_or_assures
from quality_events.presentation import event_path
from quality_events.services import demand_standing
from quality_events.views import OfEvent, PartFile, TypedStep


class OfChange(OfEvent, FormPage):
    """A form of one change, for its owner and quality assurance, while it is planned."""

    model = ChangeControl
    autosave = False
    words = ""

    def get_title(self) -> str:
        return f"{self.words} {self.kwargs['number']}"

    def get_record(self) -> Any:
        self.change = self.load()
        owns_or_assures.demand(self.reader, self.change)
        if self.change.state not in PLANNED_IN:
            raise WrongState("This is planned before the change is approved; take the plan back to change it.")
        return self.part()

    def part(self) -> Any:
        """The row that is changed, or None for a new one."""
        return None

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {"change": self.change}


class Plan(OfChange):
    """Write how it is done, tested and undone."""

    form_class = PlanForm
    words = "Plan of"

    def part(self) -> Any:
        return self.change

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {}

    def initial(self, record: Any) -> dict[str, Any]:
        return {name: getattr(record, name) for name in PLAN}

    def save(self, form: Any, record: Any) -> str:
        data = form.cleaned_data
        services.write_plan(self.change, data, actor=self.reader, revision=data["revision"])
        return event_path(self.change)


class Ask(OfChange):
    """Ask a function what the change does to its part."""

    form_class = QuestionForm
    words = "Ask about the impact of"
    submit = "Ask"
    lede = "Who is asked finds it in the Inbox and signs the answer. A function can be asked again after it answered."

    def save(self, form: Any, record: Any) -> str:
        asking.ask_function(self.change, actor=self.reader, **form.cleaned_data)
        return event_path(self.change)


class NewTask(OfChange):
    """Plan a task."""

    form_class = TaskForm
    words = "New task of"
    submit = "Add the task"

    def save(self, form: Any, record: Any) -> str:
        data = dict(form.cleaned_data)
        revision = data.pop("revision", None)
        asking.keep_task(record or ChangeTask(change=self.change), data, actor=self.reader, revision=revision)
        return event_path(self.change)


class EditTask(NewTask):
    """Change or withdraw a task."""

    form_class = ChangeTaskForm
    words = "Change a task of"
    submit = "Save"

    def part(self) -> Any:
        rows = ChangeTask.objects.filter(change=self.change).select_related("change")
        found = get_object_or_404(rows, pk=self.kwargs["part"])
        demand_standing(found, self.reader)
        return found

    def initial(self, record: Any) -> dict[str, Any]:
        plain = {name: getattr(record, name) for name in ("text", "due_on", "after_release")}
        return {**plain, "owner": record.owner_id}


class CompleteTask(OfEvent, FormPage):
    """Report a task as done, with its evidence."""

    model = ChangeControl
    form_class = CompleteTaskForm
    submit = "Report as done"
    autosave = False

    def get_title(self) -> str:
        return f"Complete a task of {self.kwargs['number']}"

    def get_record(self) -> Any:
        self.change = self.load()
        rows = ChangeTask.objects.filter(change=self.change).select_related("change", "owner")
        found = get_object_or_404(rows, pk=self.kwargs["part"])
        may_complete.demand(self.reader, found)
        demand_standing(found, self.reader)
        if not asking.can_be_done(found, self.change):
            raise WrongState("Only an open task of a change that is being implemented can be completed.")
        self.lede = f"{found.text.rstrip('.')}. Due on {found.due_on:%-d %b %Y}."
        return found

    def save(self, form: Any, record: Any) -> str:
        data = form.cleaned_data
        asking.complete_task(
            record, actor=self.reader, evidence=data["evidence"], files=data["files"], revision=data["revision"]
        )
        return event_path(self.change)


class TaskFile(PartFile):
    """A file of evidence of a task."""

    model = ChangeControl
    part_model = ChangeTask
    whole = "change"


class Assess(TypedStep):
    """One step in the life of an assessment: the signed answer or objection, or the question withdrawn."""

    model = ChangeControl
    workflow = IMPACT
    forms = ASSESSMENT_STEPS
    take = staticmethod(asking.take_assessment_step)

    def get_record(self) -> ImpactAssessment:
        change = self.load()
        rows = ImpactAssessment.objects.filter(change=change).select_related("change", "owner")
        found = get_object_or_404(rows, pk=self.kwargs["part"])
        asking.demand_asked(found, self.reader)
        return found

    def with_typed(self, record: Any, values: Mapping[str, Any]) -> Any:
        return asking.as_said(record, self.kwargs["step"], values)

    def rendition(self, record: Any) -> object:
        """What is signed, and the way to the other answer."""
        other = {"assess": ("object", "it is not acceptable"), "object": ("assess", "it can be accepted")}
        if self.kwargs["step"] not in other:
            return super().rendition(record)
        step, words = other[self.kwargs["step"]]
        href = event_path(record.change, "assessment", part=record.pk, step=step)
        return format_html('{} · or <a href="{}">{}</a>', super().rendition(record), href, words)

    def record_url(self, record: Any) -> str:
        return event_path(record.change)
