"""Pages of redactions."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from cqms.access.policies import exists_for
from cqms.organizations.models import TrackedModel
from cqms.records.models import find
from cqms.redactions import presentation, services
from cqms.redactions.forms import RedactForm
from cqms.redactions.models import Redaction, RedactionState
from cqms.redactions.policies import may_ask, may_see_redactions
from cqms.redactions.selectors import redactions_for
from cqms.redactions.workflow import REDACTION
from cqms.ui import addresses, times
from cqms.ui.atoms import Number
from cqms.ui.components import Lifecycle, Timeline
from cqms.ui.items import Crumb
from cqms.ui.step_form import StepForm
from cqms.ui.story import kinds_of_records, number, timeline_of
from cqms.ui.views import Column, DetailPage, Filter, FormPage, ListPage, StepPage

_RAIL = "redactions"


def redaction_or_404(request: HttpRequest, number: str) -> Redaction:
    """The redaction of that number if it exists for this person."""
    return get_object_or_404(redactions_for(request.user), number=number)


def above(*crumbs: Crumb) -> list[Crumb]:
    """The way to a redaction."""
    return [Crumb("Redactions", reverse("redactions:list")), *crumbs]


class RedactionList(ListPage):
    """The redactions of records that the reader may see."""

    title = "Redactions"
    rail = _RAIL
    order = "-number"
    search_label = "Search redactions"
    search_placeholder = "Number or words"
    file_name = "redactions"
    columns = (
        Column(
            "Number", lambda r: Number(r.number, presentation.redaction_path(r)), lambda r: r.number, "number", "fit"
        ),
        Column("Title", lambda r: r.title, sort="title", css="lead"),
        Column("State", presentation.badge_of, lambda r: r.get_state_display(), "state", "state"),
        Column("Kind of data", lambda r: r.what, sort="what", css="col-2"),
        Column("Asked for by", lambda r: r.owner.name, sort="owner__name", css="col-2"),
        Column("Approved by", lambda r: r.approved_by.name if r.approved_by else "", css="col-2"),
        Column("Redacted", lambda r: times.moment(r.redacted_at) if r.redacted_at else "",
               lambda r: r.redacted_at or "", "redacted_at", "fit"),
    )  # fmt: skip
    filters = (
        Filter("state", "State", lambda _: RedactionState.choices, lambda rows, value: rows.filter(state=value),
               count="state"),
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[Redaction]:
        may_see_redactions.demand(self.request.user)
        return redactions_for(self.request.user)

    def search(self, queryset: QuerySet[Redaction], words: str) -> QuerySet[Redaction]:
        return queryset.filter(Q(number__icontains=words) | Q(title__icontains=words) | Q(what__icontains=words))


class RedactionDetail(DetailPage):
    """One redaction: what shall go and why, where it stood, who has it in a file, signatures, and what happened."""

    template_name = "redactions/redaction.html"
    rail = _RAIL
    workflow = REDACTION

    def get_record(self) -> Redaction:
        return redaction_or_404(self.request, self.kwargs["number"])

    def crumbs(self) -> Sequence[Crumb]:
        return above(Crumb(self.kwargs["number"]))

    def describe(self, record: Redaction) -> Mapping[str, object]:
        return presentation.redaction_page(record, self.reader)

    def step_url(self, record: Redaction, key: str) -> str:
        return presentation.redaction_path(record, "redactions:step", step=key)

    def lifecycle(self, record: Redaction) -> Lifecycle | None:
        return presentation.lifecycle(record)

    def timeline(self, record: Redaction) -> Timeline:
        return timeline_of(record, self.request)


class AskForRedaction(FormPage):
    """Say what has to go from a record; `kind` and `id` in the address name it."""

    rail = _RAIL
    form_class = RedactForm
    submit = "Look where it stands"
    lede = "Nothing changes yet: the next page shows where the words stand, and there you sign the request."
    autosave = False

    def get_title(self) -> str:
        return f"Redact personal data in {getattr(self.subject, 'number', '') or self.subject}"

    def crumbs(self) -> Sequence[Crumb]:
        return above(Crumb("Ask for a redaction"))

    @cached_property
    def subject(self) -> TrackedModel:
        """The record on whose page it is told. Raises Http404 where it does not exist for the reader."""
        kind, pk = self.request.GET.get("kind", ""), self.request.GET.get("id", "")
        if kind not in kinds_of_records() or not pk.isdecimal():
            raise Http404
        try:
            found: TrackedModel = find(kind, number(pk)).subject()
        except ObjectDoesNotExist:
            raise Http404 from None
        if not exists_for(self.reader, found):
            raise Http404
        return found

    @property
    def cancel_url(self) -> str:  # type: ignore[override]
        """Back to the record."""
        return addresses.address_of(self.subject._meta.label_lower, self.subject) or reverse("redactions:list")

    def get_record(self) -> None:
        may_ask.demand(self.reader, self.subject)

    def form_kwargs(self, record: None) -> dict[str, Any]:
        return {"record": self.subject, "asker": self.reader}

    def save(self, form: RedactForm, record: None) -> str:
        return presentation.redaction_path(services.prepare(form.wish(), actor=self.reader))


class RedactionStep(StepPage):
    """One step in the life of a redaction."""

    rail = _RAIL
    workflow = REDACTION

    def get_record(self) -> Redaction:
        return redaction_or_404(self.request, self.kwargs["number"])

    def crumbs(self) -> Sequence[Crumb]:
        return above(Crumb(self.kwargs["number"], self.record_url(self.record)))

    def perform(self, record: Redaction, form: StepForm) -> None:
        data, key = form.cleaned_data, self.kwargs["step"]
        if key in ("ask", "approve"):
            sign = services.ask if key == "ask" else services.approve
            sign(record, actor=self.reader, credentials=form.credentials(), revision=data["revision"])
        elif key == "decline":
            services.decline(record, actor=self.reader, reason=data["reason"], revision=data["revision"])
        else:
            services.withdraw(record, actor=self.reader, revision=data["revision"])

    def record_url(self, record: Redaction) -> str:
        return presentation.redaction_path(record)
