"""CAPAs for machines."""

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from quality_events.api import EventFilter, EventViewSet, event_api_urls
from quality_events.capas.models import Capa, CapaState, Source
from quality_events.capas.serializers import (
    CapaChange,
    CapaDetailSerializer,
    CapaInput,
    CapaSerializer,
    CapaStepInput,
)
from quality_events.capas.workflow import CAPA
from quality_events.models import Severity


class CapaFilter(EventFilter):
    """Narrows the list of CAPAs."""

    state = django_filters.ChoiceFilter(choices=CapaState.choices)
    severity = django_filters.ChoiceFilter(choices=Severity.choices)
    source = django_filters.ChoiceFilter(choices=Source.choices)


class CapaViewSet(EventViewSet):
    """CAPAs that the token's person may see."""

    model = Capa
    workflow = CAPA
    serializer_class = CapaSerializer
    detail_class = CapaDetailSerializer
    filterset_class = CapaFilter
    step_input = CapaStepInput

    @extend_schema(operation_id="capas_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The CAPAs this person may see, newest first."""
        return self.every(request)

    @extend_schema(request=CapaInput, responses={201: CapaDetailSerializer})
    def create(self, request: Request) -> Response:
        """Open a CAPA; quality assurance is asked whether it is needed."""
        return self.made(self.clean(CapaInput))

    @extend_schema(request=CapaChange, responses=CapaDetailSerializer)
    def partial_update(self, request: Request, number: str) -> Response:
        """Change a CAPA that has not ended, on the revision you saw."""
        return self.changed(CapaChange)

    @extend_schema(request=CapaStepInput, responses=CapaDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Take one step in the life of a CAPA; see its `allowed_steps`."""
        return super().step(request, step)


urlpatterns = event_api_urls("capas", "capa", CapaViewSet)
