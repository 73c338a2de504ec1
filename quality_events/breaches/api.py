"""Serious breaches for machines."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from quality_events.api import EventFilter, EventViewSet, event_api_urls
from quality_events.breaches import services
from quality_events.breaches.models import BreachState, SeriousBreach
from quality_events.breaches.serializers import (
    BreachChange,
    BreachDetailSerializer,
    BreachInput,
    BreachSerializer,
    BreachStepInput,
)
from quality_events.breaches.workflow import SERIOUS_BREACH


class BreachFilter(EventFilter):
    """Narrows the list of serious breaches."""

    state = django_filters.ChoiceFilter(choices=BreachState.choices)


class BreachViewSet(EventViewSet):
    """Serious breaches that the token's person may see."""

    model = SeriousBreach
    workflow = SERIOUS_BREACH
    serializer_class = BreachSerializer
    detail_class = BreachDetailSerializer
    filterset_class = BreachFilter
    step_input = BreachStepInput

    @extend_schema(operation_id="breaches_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The serious breaches this person may see, newest first."""
        return self.every(request)

    @extend_schema(request=BreachInput, responses={201: BreachDetailSerializer})
    def create(self, request: Request) -> Response:
        """Open a suspected serious breach; its legal clock runs from the earliest awareness."""
        return self.show(services.open_breach(self.clean(BreachInput), actor=self.reader), 201)

    @extend_schema(request=BreachChange, responses=BreachDetailSerializer)
    def partial_update(self, request: Request, number: str) -> Response:
        """Change a serious breach that has not ended, on the revision you saw."""
        return self.changed(BreachChange)

    @extend_schema(request=BreachStepInput, responses=BreachDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Take one step in the life of a serious breach; see its `allowed_steps`."""
        return super().step(request, step)

    def change(self, record: SeriousBreach, **how: Any) -> SeriousBreach:
        return services.change_breach(record, actor=self.reader, **how)


urlpatterns = event_api_urls("breaches", "breach", BreachViewSet, "breaches")
