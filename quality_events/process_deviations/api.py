"""Process deviations for machines."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from quality_events.api import EventFilter, EventViewSet, event_api_urls
from quality_events.models import Severity
from quality_events.process_deviations import services
from quality_events.process_deviations.models import ProcessDeviation, ProcessDeviationState, Timing
from quality_events.process_deviations.serializers import (
    ProcessDeviationChange,
    ProcessDeviationDetailSerializer,
    ProcessDeviationInput,
    ProcessDeviationSerializer,
    ProcessDeviationStepInput,
)
from quality_events.process_deviations.workflow import PROCESS_DEVIATION


class ProcessDeviationFilter(EventFilter):
    """Narrows the list of process deviations."""

    state = django_filters.ChoiceFilter(choices=ProcessDeviationState.choices)
    severity = django_filters.ChoiceFilter(choices=Severity.choices)
    timing = django_filters.ChoiceFilter(choices=Timing.choices)


class ProcessDeviationViewSet(EventViewSet):
    """Process deviations that the token's person may see."""

    model = ProcessDeviation
    workflow = PROCESS_DEVIATION
    serializer_class = ProcessDeviationSerializer
    detail_class = ProcessDeviationDetailSerializer
    filterset_class = ProcessDeviationFilter
    step_input = ProcessDeviationStepInput

    def records(self) -> QuerySet[Any]:
        return super().records().select_related("version__document")

    @extend_schema(operation_id="process_deviations_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The process deviations this person may see, newest first."""
        return self.every(request)

    @extend_schema(request=ProcessDeviationInput, responses={201: ProcessDeviationDetailSerializer})
    def create(self, request: Request) -> Response:
        """Log a process deviation, or ask for a planned one; quality assurance is asked to decide."""
        made = services.log_deviation(self.clean(ProcessDeviationInput), actor=self.reader)
        return self.show(made, 201)

    @extend_schema(request=ProcessDeviationChange, responses=ProcessDeviationDetailSerializer)
    def partial_update(self, request: Request, number: str) -> Response:
        """Change a process deviation that has not ended, on the revision you saw."""
        return self.changed(ProcessDeviationChange)

    @extend_schema(request=ProcessDeviationStepInput, responses=ProcessDeviationDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Take one step in the life of a process deviation; see its `allowed_steps`."""
        return super().step(request, step)


urlpatterns = event_api_urls("process-deviations", "process_deviation", ProcessDeviationViewSet)
