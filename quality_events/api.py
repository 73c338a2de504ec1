"""Quality events for machines: the same selectors and services as the pages. A type subclasses and names its parts."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import URLPattern, re_path
from rest_framework.request import Request
from rest_framework.response import Response

from cqms.api.serializers import credentials_of
from cqms.api.views import LivingViewSet
from cqms.workflow.engine import Step
from quality_events import services
from quality_events.models import EventRecord
from quality_events.policies import may_read_somewhere
from quality_events.selectors import events_for

NUMBER = r"(?P<number>[A-Za-z0-9][A-Za-z0-9._-]{0,39})"


class EventFilter(django_filters.FilterSet):
    """Narrows a list of events; a type adds its states."""

    q = django_filters.CharFilter(method="with_words", label="Words in number, title or description", max_length=200)
    study = django_filters.CharFilter(field_name="study__number", label="Number of the study", max_length=40)

    def with_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Those that hold the words."""
        return rows.filter(Q(number__icontains=value) | Q(title__icontains=value) | Q(description__icontains=value))


class EventViewSet(LivingViewSet):
    """Events of one type. Define `model`, `workflow`, serializers, and `make`, `change` with their input described."""

    model: type[EventRecord]

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


def event_api_urls(place: str, name: str, view: type[EventViewSet], plural: str = "") -> list[URLPattern]:
    """The addresses of a type in the API, below `place`: the list, one record, its steps."""
    return [
        re_path(rf"^{place}/$", view.as_view({"get": "list", "post": "create"}), name=plural or f"{name}s"),
        re_path(rf"^{place}/{NUMBER}/$", view.as_view({"get": "retrieve", "patch": "partial_update"}), name=name),
        re_path(
            rf"^{place}/{NUMBER}/steps/(?P<step>[a-z_]{{1,40}})/$", view.as_view({"post": "step"}), name=f"{name}_step"
        ),
    ]
