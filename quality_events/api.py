"""Quality events for machines: the same selectors and services as the pages. A type subclasses and names its parts."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, re_path
from django.utils.functional import cached_property
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from cqms.api.serializers import RevisionInput, credentials_of
from cqms.api.views import LivingViewSet, RecordViewSet
from cqms.workflow.engine import Step
from quality_events import services
from quality_events.models import EventRecord
from quality_events.policies import may_read_somewhere, may_report
from quality_events.selectors import events_for, links_of, sought_in
from quality_events.serializers import EvidenceInput, LinkInput, TypedStepInput, WithdrawInput

NUMBER = r"(?P<number>[A-Za-z0-9][A-Za-z0-9._-]{0,39})"
PART = r"(?P<part>\d{1,18})"
OF_EVENT = [OpenApiParameter("number", OpenApiTypes.STR, OpenApiParameter.PATH, description="That of the event.")]
OF_PART = [*OF_EVENT, OpenApiParameter("part", OpenApiTypes.INT, OpenApiParameter.PATH, description="Its `id`.")]
OF_LINK = [*OF_EVENT, OpenApiParameter("link", OpenApiTypes.INT, OpenApiParameter.PATH, description="Its `id`.")]


class EventFilter(django_filters.FilterSet):
    """Narrows a list of events; a type adds its states."""

    q = django_filters.CharFilter(
        method="with_words",
        label="Words in number, title or description; of a deviation also the id in its source",
        max_length=200,
    )
    study = django_filters.CharFilter(field_name="study__number", label="Number of the study", max_length=40)

    def with_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Those that hold the words."""
        return sought_in(rows.model).narrow(rows, value)


class EventViewSet(LivingViewSet):
    """Events of one type. Define `model`, `workflow`, serializers, and `make`, `change` with their input described."""

    model: type[EventRecord]
    step_input = TypedStepInput

    def records(self) -> QuerySet[Any]:
        return events_for(self.model, self.reader)

    def every(self, request: Request) -> Response:
        """One page of what this person may see."""
        may_read_somewhere.demand(self.reader)
        return super().list(request)

    def made(self, values: dict[str, Any]) -> Response:
        """Open a record with these values."""
        return self.show(services.open_event(self.model(number=""), actor=self.reader, values=values), 201)

    def changed(self, kind: Any) -> Response:
        """Change a record by what was sent, in the shape of `kind`."""
        record = self.get_object()
        shape = kind(data=self.request.data, partial=True, context={**self.get_serializer_context(), "record": record})
        shape.is_valid(raise_exception=True)
        data = dict(shape.validated_data)
        revision, reason = self.revision(data), data.pop("reason", "")
        return self.show(self.change(record, values=data, revision=revision, reason=reason))

    def written(self, kind: type[Serializer[Any]], write: Callable[..., Any]) -> Response:
        """Write a part of the record itself, sent whole in the shape of `kind`, by the service `write`."""
        record = self.get_object()
        shape = kind(data=self.request.data, context={**self.get_serializer_context(), "record": record})
        shape.is_valid(raise_exception=True)
        data = dict(shape.validated_data)
        revision = self.revision(data)
        return self.show(write(record, data, actor=self.reader, revision=revision))

    @extend_schema(parameters=OF_EVENT, request=LinkInput)
    def link(self, request: Request, number: str) -> Response:
        """Link it with another record, and say why; the answer is the record with its links."""
        record = self.get_object()
        may_report.demand(self.reader, record)
        data = self.clean(LinkInput)
        services.link(record, data["other"], actor=self.reader, why=data["why"])
        return self.show(record, 201)

    @extend_schema(parameters=OF_LINK, request=WithdrawInput)
    def unlink(self, request: Request, number: str, link: str) -> Response:
        """Withdraw a link that does not hold, of whichever side; it stays in the trail."""
        record = self.get_object()
        may_report.demand(self.reader, record)
        known = [each.link for each in links_of(record, self.reader, also_withdrawn=True)]
        found = next((each for each in known if each.pk == int(link)), None)
        if found is None:
            raise Http404
        services.withdraw_link(found, actor=self.reader, reason=self.clean(WithdrawInput)["reason"])
        return self.show(record)

    def change(self, record: Any, **how: Any) -> Any:
        """Call the service; a type where more follows from a change calls its own."""
        return services.change_event(record, actor=self.reader, **how)

    def perform(self, record: Any, step: Step, data: dict[str, Any], revision: int) -> Any:
        proof = credentials_of(data)
        sent = ("reason", "email", "password", "code", "accepts_binding")
        values = {name: value for name, value in data.items() if name not in sent and name in self.request.data}
        return services.take_step_of_type(
            record, step.key, actor=self.reader, values=values, credentials=proof, reason=data["reason"],
            revision=revision,
        )  # fmt: skip


class PartOfEventViewSet(RecordViewSet):
    """Parts of one event, which are listed with it; what was withdrawn still exists here, and says since when.

    Define `event` and `part` (models), `whole`, the key of the part to its event, `related` (what is shown of other
    rows), `noun` (plural), `new` and `changed` (what is sent), and the services `keep` and, for what is done, `finish`.
    """

    event: type[EventRecord]
    part: type[Any]
    whole = ""
    related: tuple[str, ...] = ()
    noun = ""
    new: type[Serializer[Any]]
    changed: type[Serializer[Any]]
    keep: Callable[..., Any]
    finish: Callable[..., Any]
    lookups: ClassVar[dict[str, str]] = {"pk": "part"}

    @cached_property
    def of(self) -> Any:
        """The event of the address if it exists for this person. Raises Http404."""
        return get_object_or_404(events_for(self.event, self.reader), number=self.kwargs["number"])

    def records(self) -> QuerySet[Any]:
        rows = self.part._default_manager.filter(**{self.whole: self.of})
        return rows.select_related(self.whole, *self.related)

    def retrieve(self, request: Request, **parts: str) -> Response:
        """One of them, withdrawn or not."""
        return super().retrieve(request, **parts)

    def create(self, request: Request, number: str) -> Response:
        """Write one down."""
        made = self.part(**{self.whole: self.of})
        return self.show(self.keep(made, self.clean(self.new), actor=self.reader), 201)

    def partial_update(self, request: Request, number: str, part: str) -> Response:
        """Change it, on the revision you saw."""
        found, data = self.get_object(), self.clean(self.changed, partial=True)
        revision = self.revision(data)
        return self.show(self.keep(found, data, actor=self.reader, revision=revision))

    def withdraw(self, request: Request, number: str, part: str) -> Response:
        """Withdraw it, on the revision you saw; it stays in the trail."""
        found, revision = self.get_object(), self.revision(self.clean(RevisionInput))
        return self.show(self.keep(found, {"withdraw": True}, actor=self.reader, revision=revision))

    def complete(self, request: Request, number: str, part: str) -> Response:
        """Report it as done, with evidence: words, or files that were sent before, to `records/{kind}/{id}/files/`."""
        found, data = self.get_object(), self.clean(EvidenceInput)
        revision = self.revision(data)
        return self.show(self.finish(found, actor=self.reader, evidence=data["evidence"], revision=revision))


def describe_parts(view: type[PartOfEventViewSet]) -> type[PartOfEventViewSet]:
    """Tell the API's description what the parts of a type are sent and answer."""
    shown = view.serializer_class
    described: dict[str, dict[str, Any]] = {
        "retrieve": {"parameters": OF_PART},
        "create": {"parameters": OF_EVENT, "request": view.new, "responses": {201: shown}},
        "partial_update": {"parameters": OF_PART, "request": view.changed},
        "withdraw": {"parameters": OF_PART, "request": RevisionInput},
        "complete": {"parameters": OF_PART, "request": EvidenceInput},
    }
    for name, said in described.items():
        act = _own(view, name)
        words = f"{view.noun}. {act.__doc__}"
        setattr(view, name, extend_schema(**{"responses": shown, "description": words, **said})(act))
    return view


def _own(view: type[PartOfEventViewSet], name: str) -> Callable[..., Response]:
    """An action of a view that is not shared with others, so that it is described by itself."""
    inherited: Callable[..., Response] = getattr(view, name)

    @wraps(inherited)
    def act(self: PartOfEventViewSet, request: Request, **parts: str) -> Response:
        return inherited(self, request, **parts)

    return act


def part_api_urls(place: str, name: str, view: type[PartOfEventViewSet], *, done: bool = False) -> list[URLPattern]:
    """The addresses of parts below `place`, for example `capas/causes`; with `done` they are completed."""
    event, _, parts = place.partition("/")
    many = rf"^{event}/{NUMBER}/{parts}"
    ways = [
        (rf"{many}/$", {"post": "create"}, f"{name}s"),
        (rf"{many}/{PART}/$", {"get": "retrieve", "patch": "partial_update"}, name),
        (rf"{many}/{PART}/withdraw/$", {"post": "withdraw"}, f"{name}_withdraw"),
    ]
    if done:
        ways.append((rf"{many}/{PART}/complete/$", {"post": "complete"}, f"{name}_complete"))
    return [re_path(way, view.as_view(acts), name=called) for way, acts, called in ways]


def event_api_urls(place: str, name: str, view: type[EventViewSet], plural: str = "") -> list[URLPattern]:
    """The addresses of a type in the API, below `place`: the list, one record, its steps and links."""
    links = rf"^{place}/{NUMBER}/links"
    return [
        re_path(rf"^{place}/$", view.as_view({"get": "list", "post": "create"}), name=plural or f"{name}s"),
        re_path(rf"^{place}/{NUMBER}/$", view.as_view({"get": "retrieve", "patch": "partial_update"}), name=name),
        re_path(
            rf"^{place}/{NUMBER}/steps/(?P<step>[a-z_]{{1,40}})/$", view.as_view({"post": "step"}), name=f"{name}_step"
        ),
        re_path(rf"{links}/$", view.as_view({"post": "link"}), name=f"{name}_links"),
        re_path(rf"{links}/(?P<link>\d{{1,18}})/withdraw/$", view.as_view({"post": "unlink"}), name=f"{name}_unlink"),
    ]
