"""Changes for machines."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from quality_events.api import EventFilter, EventViewSet, event_api_urls
from quality_events.changes import services
from quality_events.changes.models import ChangeControl, ChangeKind, ChangeState
from quality_events.changes.serializers import (
    ChangeDetailSerializer,
    ChangeInput,
    ChangeOfChange,
    ChangeSerializer,
    ChangeStepInput,
)
from quality_events.changes.workflow import CHANGE


class ChangesFilter(EventFilter):
    """Narrows the list of changes."""

    state = django_filters.ChoiceFilter(choices=ChangeState.choices)
    kind = django_filters.ChoiceFilter(choices=ChangeKind.choices)
    emergency = django_filters.BooleanFilter()
    temporary = django_filters.BooleanFilter()


class ChangeViewSet(EventViewSet):
    """Changes that the token's person may see."""

    model = ChangeControl
    workflow = CHANGE
    serializer_class = ChangeSerializer
    detail_class = ChangeDetailSerializer
    filterset_class = ChangesFilter
    step_input = ChangeStepInput

    @extend_schema(operation_id="changes_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The changes this person may see, newest first."""
        return self.every(request)

    @extend_schema(request=ChangeInput, responses={201: ChangeDetailSerializer})
    def create(self, request: Request) -> Response:
        """Request a change; quality assurance is asked to screen it."""
        return self.made(self.clean(ChangeInput))

    @extend_schema(request=ChangeOfChange, responses=ChangeDetailSerializer)
    def partial_update(self, request: Request, number: str) -> Response:
        """Change a change that has not ended, on the revision you saw."""
        return self.changed(ChangeOfChange)

    @extend_schema(request=ChangeStepInput, responses=ChangeDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Take one step in the life of a change; see its `allowed_steps`."""
        return super().step(request, step)

    def records(self) -> QuerySet[Any]:
        return super().records().select_related("system_owner")

    def change(self, record: ChangeControl, **how: Any) -> ChangeControl:
        return services.change_request(record, actor=self.reader, **how)


urlpatterns = event_api_urls("changes", "change", ChangeViewSet)
