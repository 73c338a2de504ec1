"""Pages of what belongs to a CAPA: analysis, causes, plan, criterion, extensions."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from cqms.access.segregation import EXTENSION_BY_TWO
from cqms.audit.refusals import WrongState
from cqms.ui.components import Table
from cqms.ui.items import Head
from cqms.ui.views import FormPage
from quality_events.capas import services
from quality_events.capas.forms import (
    ActionForm,
    AnalysisForm,
    CauseForm,
    ChangeActionForm,
    ChangeCauseForm,
    CompleteForm,
    CriterionForm,
    DecideExtensionForm,
    ExtensionForm,
)
from quality_events.capas.measuring import events_counted, is_measured_here
from quality_events.capas.models import Action, Capa, CapaState, Cause, ExtensionRequest
from quality_events.capas.policies import may_complete, may_decide_extension
from quality_events.capas.selectors import running_deadline
from quality_events.policies import owns_or_assures
from quality_events.presentation import badge_of, event_path, number_of
from quality_events.selectors import events_for
from quality_events.services import demand_standing
from quality_events.types import types
from quality_events.views import OfEvent, PartFile

_MOST = 200


class OfCapa(OfEvent, FormPage):
    """A form of one CAPA, for its owner and quality assurance, in one of its stages."""

    model = Capa
    autosave = False
    state = ""
    words = ""

    def get_title(self) -> str:
        return f"{self.words} {self.kwargs['number']}"

    def get_record(self) -> Any:
        self.capa = self.load()
        owns_or_assures.demand(self.reader, self.capa)
        if self.state and self.capa.state != self.state:
            raise WrongState(f"This is done while the CAPA is in “{CapaState(self.state).label}”.")
        return self.part()

    def part(self) -> Any:
        """The row that is changed, or None for a new one."""
        return None

    def row(self, rows: QuerySet) -> Any:
        """The row of the address. Raises Http404, or WrongState that says who withdrew it meanwhile."""
        found = get_object_or_404(rows.filter(capa=self.capa).select_related("capa"), pk=self.kwargs["part"])
        demand_standing(found, self.reader)
        return found

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {"capa": self.capa}

    def initial(self, record: Any) -> dict[str, Any]:
        fields = {field.name: field.attname for field in record._meta.concrete_fields} if record is not None else {}
        return {name: getattr(record, fields[name]) for name in self.form_class.base_fields if name in fields}

    @property
    def here(self) -> str:
        """The page of the CAPA."""
        return event_path(self.capa)


class Analysis(OfCapa):
    """Write method and root cause."""

    form_class = AnalysisForm
    state = CapaState.ROOT_CAUSE
    words = "Root cause analysis of"
    writes = "analysis"

    def part(self) -> Any:
        return self.capa

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {}

    def save(self, form: Any, record: Any) -> str:
        data = form.cleaned_data
        services.write(self.writes, self.capa, data, actor=self.reader, revision=data["revision"])
        return self.here


class Criterion(Analysis):
    """Set the effectiveness criterion."""

    form_class = CriterionForm
    state = CapaState.PLAN
    words = "Effectiveness criterion of"
    writes = "criterion"
    lede = "Set before the plan is approved. Where the portal counts itself, it measures before and after."

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {"study": self.capa.study}

    def initial(self, record: Any) -> dict[str, Any]:
        category = f"{record.counted}:{record.category}" if record.category else ""
        target = None if record.target is None else f"{record.target.normalize():f}"
        return {**super().initial(record), "category": category, "target": target}


class NewCause(OfCapa):
    """Write down a cause."""

    form_class = CauseForm
    state = CapaState.ROOT_CAUSE
    words = "New cause of"
    submit = "Add the cause"
    kind: type[Cause | Action] = Cause

    def save(self, form: Any, record: Any) -> str:
        data = dict(form.cleaned_data)
        part = record or self.kind(capa=self.capa)
        services.keep_part(part, data, actor=self.reader, revision=data.pop("revision", None))
        return self.here


class ChangeCause(NewCause):
    """Change or withdraw a cause."""

    form_class = ChangeCauseForm
    words = "Change a cause of"
    submit = "Save"

    def part(self) -> Any:
        return self.row(self.kind.objects.all())


class NewAction(NewCause):
    """Plan an action."""

    form_class = ActionForm
    state = CapaState.PLAN
    words = "New action of"
    submit = "Add the action"
    kind = Action


class ChangeAction(ChangeCause):
    """Change or withdraw an action of the plan."""

    form_class = ChangeActionForm
    state = CapaState.PLAN
    words = "Change an action of"
    kind = Action


class CompleteAction(OfEvent, FormPage):
    """Report an action as done, with its evidence."""

    model = Capa
    form_class = CompleteForm
    submit = "Report as done"
    autosave = False

    def get_title(self) -> str:
        return f"Complete an action of {self.kwargs['number']}"

    def get_record(self) -> Any:
        self.capa = self.load()
        rows = Action.objects.filter(capa=self.capa).select_related("capa", "owner")
        found = get_object_or_404(rows, pk=self.kwargs["part"])
        may_complete.demand(self.reader, found)
        demand_standing(found, self.reader)
        if self.capa.state != CapaState.IMPLEMENTING or found.done_at is not None:
            raise WrongState("Only an open action of a plan that is being implemented can be completed.")
        return found

    @property
    def lede(self) -> str:  # type: ignore[override]
        """What is to be done, and what it leaves behind."""
        found = Action.objects.filter(pk=self.kwargs["part"]).first()
        return f"{found.text} Deliverable: {found.deliverable}." if found else ""

    def save(self, form: Any, record: Any) -> str:
        data = form.cleaned_data
        services.complete_action(
            record, actor=self.reader, evidence=data["evidence"], files=data["files"], revision=data["revision"]
        )
        return event_path(self.capa)


class ActionFile(PartFile):
    """A file of evidence of an action."""

    model = Capa
    part_model = Action
    whole = "capa"


class AskExtension(OfCapa):
    """Ask for more time."""

    form_class = ExtensionForm
    words = "More time for"
    submit = "Ask"
    lede = (
        "Asked for before the day comes. The original day stays visible, and so does how often it was moved. "
        f"Somebody else decides. {EXTENSION_BY_TWO.sentence}"
    )

    def get_record(self) -> Any:
        super().get_record()
        if running_deadline(self.capa) is None:
            raise WrongState("Nothing is due that could be extended.")

    def form_kwargs(self, record: Any) -> dict[str, Any]:
        return {}

    def save(self, form: Any, record: Any) -> str:
        services.ask_extension(self.capa, actor=self.reader, **form.cleaned_data)
        return self.here


class DecideExtension(OfEvent, FormPage):
    """Grant or refuse more time."""

    model = Capa
    form_class = DecideExtensionForm
    submit = "Decide"
    autosave = False

    def get_title(self) -> str:
        return f"More time for {self.kwargs['number']}"

    def get_record(self) -> None:
        self.capa = self.load()
        rows = ExtensionRequest.objects.filter(capa=self.capa).select_related("capa", "asked_by")
        self.asked = get_object_or_404(rows, pk=self.kwargs["part"])
        may_decide_extension.demand(self.reader, self.asked)
        if self.asked.decided_at is not None:
            raise WrongState("This extension is decided already.")

    @property
    def lede(self) -> str:  # type: ignore[override]
        """What is asked for, and why."""
        asked = getattr(self, "asked", None)
        if asked is None:
            return ""
        days = f"from {asked.due_before:%-d %b %Y} to {asked.due_wanted:%-d %b %Y}"
        return f"{asked.asked_by} asks {days}: {asked.why} Until then: {asked.interim_control} Risk: {asked.risk}"

    def save(self, form: Any, record: Any) -> str:
        data = form.cleaned_data
        granted = data["decision"] == "grant"
        services.decide_extension(self.asked, actor=self.reader, granted=granted, reason=data["reason"])
        return event_path(self.capa)


class CountedEvents(OfEvent):
    """The events behind a mark of the before/after chart."""

    model = Capa
    template_name = "quality_events/counted.html"

    def get_title(self) -> str:
        return f"Events counted for {self.kwargs['number']}"

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        """Those before or after, as far as they exist for the reader."""
        capa = self.load()
        if not is_measured_here(capa):
            raise WrongState("The portal counts nothing for this CAPA.")
        after = request.GET.get("period") == "after"
        first, last = (capa.after_from, capa.check_on) if after else (capa.before_from, capa.before_to)
        found = next(each for each in types() if each.space == capa.counted)
        counted = events_counted(capa, found, first, last).values("pk")
        rows = events_for(found.model, self.reader).filter(pk__in=counted).order_by("-pk")[:_MOST]
        heads = [Head("Number", "fit"), Head("Title", "lead"), Head("State", "state")]
        table = Table(heads, [[number_of(each), each.title, badge_of(each)] for each in rows], "Events counted")
        period = f"{'After' if after else 'Before'}: {first:%-d %b %Y} to {last:%-d %b %Y}"
        return self.answer(
            200, table=table if rows else None, period=period, crumbs=self.crumbs(), back=event_path(capa)
        )
