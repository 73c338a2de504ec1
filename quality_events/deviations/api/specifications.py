"""Deviation specifications for machines."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from quality_events.api import EventFilter, EventViewSet
from quality_events.deviations import services
from quality_events.deviations.models import Specification, SpecificationState
from quality_events.deviations.serializers import (
    SpecificationChange,
    SpecificationDetailSerializer,
    SpecificationInput,
    SpecificationSerializer,
)
from quality_events.deviations.workflow import SPECIFICATION
from quality_events.serializers import TypedStepInput


class SpecificationFilter(EventFilter):
    """Narrows the list."""

    state = django_filters.ChoiceFilter(choices=SpecificationState.choices)


class SpecificationViewSet(EventViewSet):
    """Deviation specifications that the token's person may see."""

    model = Specification
    workflow = SPECIFICATION
    serializer_class = SpecificationSerializer
    detail_class = SpecificationDetailSerializer
    filterset_class = SpecificationFilter

    def records(self) -> Any:
        return super().records().select_related("protocol")

    @extend_schema(operation_id="deviation_specifications_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The deviation specifications this person may see, newest first."""
        return self.every(request)

    @extend_schema(request=SpecificationInput, responses={201: SpecificationDetailSerializer})
    def create(self, request: Request) -> Response:
        """Draft the next version of a study's specification."""
        return self.show(services.open_specification(self.clean(SpecificationInput), actor=self.reader), 201)

    @extend_schema(request=SpecificationChange, responses=SpecificationDetailSerializer)
    def partial_update(self, request: Request, number: str) -> Response:
        """Change a draft, on the revision you saw."""
        return self.changed(SpecificationChange)

    def change(self, record: Any, **how: Any) -> Any:
        return services.change_specification(record, actor=self.reader, **how)

    @extend_schema(request=TypedStepInput, responses=SpecificationDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Take one step in the life of a specification; see its `allowed_steps`."""
        return super().step(request, step)
