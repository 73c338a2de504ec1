"""Complaints for machines."""

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from quality_events.api import EventFilter, EventViewSet, event_api_urls
from quality_events.complaints.models import Complaint, ComplaintState, Subject
from quality_events.complaints.serializers import (
    ComplaintChange,
    ComplaintDetailSerializer,
    ComplaintInput,
    ComplaintSerializer,
    ComplaintStepInput,
)
from quality_events.complaints.workflow import COMPLAINT
from quality_events.models import Severity


class ComplaintFilter(EventFilter):
    """Narrows the list of complaints."""

    state = django_filters.ChoiceFilter(choices=ComplaintState.choices)
    severity = django_filters.ChoiceFilter(choices=Severity.choices)
    about = django_filters.ChoiceFilter(field_name="subject_matter", choices=Subject.choices)


class ComplaintViewSet(EventViewSet):
    """Complaints that the token's person may see."""

    model = Complaint
    workflow = COMPLAINT
    serializer_class = ComplaintSerializer
    detail_class = ComplaintDetailSerializer
    filterset_class = ComplaintFilter
    step_input = ComplaintStepInput

    @extend_schema(operation_id="complaints_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The complaints this person may see, newest first."""
        return self.every(request)

    @extend_schema(request=ComplaintInput, responses={201: ComplaintDetailSerializer})
    def create(self, request: Request) -> Response:
        """Write a complaint down; quality assurance is asked to classify it."""
        return self.made(self.clean(ComplaintInput))

    @extend_schema(request=ComplaintChange, responses=ComplaintDetailSerializer)
    def partial_update(self, request: Request, number: str) -> Response:
        """Change a complaint that has not ended, on the revision you saw."""
        return self.changed(ComplaintChange)

    @extend_schema(request=ComplaintStepInput, responses=ComplaintDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Take one step in the life of a complaint; see its `allowed_steps`."""
        return super().step(request, step)


urlpatterns = event_api_urls("complaints", "complaint", ComplaintViewSet)
