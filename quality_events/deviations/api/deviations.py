"""Protocol deviations for machines."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from quality_events.api import EventFilter, EventViewSet
from quality_events.deviations import services
from quality_events.deviations.models import DeviationState, Importance, ProtocolDeviation
from quality_events.deviations.serializers import (
    DeviationChange,
    DeviationDetailSerializer,
    DeviationSerializer,
    DeviationStepInput,
    NewDeviationInput,
)
from quality_events.deviations.workflow import DEVIATION


class DeviationFilter(EventFilter):
    """Narrows the list."""

    state = django_filters.ChoiceFilter(choices=DeviationState.choices)
    importance = django_filters.ChoiceFilter(choices=Importance.choices)


class DeviationViewSet(EventViewSet):
    """Protocol deviations that the token's person may see."""

    model = ProtocolDeviation
    workflow = DEVIATION
    serializer_class = DeviationSerializer
    detail_class = DeviationDetailSerializer
    filterset_class = DeviationFilter
    step_input = DeviationStepInput

    def records(self) -> Any:
        return super().records().select_related("protocol", "classified_after")

    @extend_schema(operation_id="deviations_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The protocol deviations this person may see, newest first."""
        return self.every(request)

    @extend_schema(request=NewDeviationInput, responses={201: DeviationDetailSerializer})
    def create(self, request: Request) -> Response:
        """Log a protocol deviation."""
        data = self.clean(NewDeviationInput)
        unblinded = data.pop("unblinded")
        return self.show(services.log_deviation(data, actor=self.reader, unblinded=unblinded), 201)

    @extend_schema(request=DeviationChange, responses=DeviationDetailSerializer)
    def partial_update(self, request: Request, number: str) -> Response:
        """Change what was logged, on the revision you saw."""
        return self.changed(DeviationChange)

    def change(self, record: Any, **how: Any) -> Any:
        return services.change_deviation(record, actor=self.reader, **how)

    @extend_schema(request=DeviationStepInput, responses=DeviationDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Take one step in the life of a deviation; see its `allowed_steps`."""
        return super().step(request, step)
