"""Classification freezes for machines."""

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from quality_events.api import EventFilter, EventViewSet
from quality_events.deviations import services
from quality_events.deviations.models import Freeze, FreezeState
from quality_events.deviations.serializers import FreezeChange, FreezeDetailSerializer, FreezeSerializer
from quality_events.deviations.workflow import FREEZE
from quality_events.serializers import RecordInput, TypedStepInput


class FreezeFilter(EventFilter):
    """Narrows the list."""

    state = django_filters.ChoiceFilter(choices=FreezeState.choices)


class FreezeViewSet(EventViewSet):
    """Classification freezes that the token's person may see."""

    model = Freeze
    workflow = FREEZE
    serializer_class = FreezeSerializer
    detail_class = FreezeDetailSerializer
    filterset_class = FreezeFilter

    @extend_schema(operation_id="classification_freezes_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The freezes this person may see, newest first."""
        return self.every(request)

    @extend_schema(request=RecordInput, responses={201: FreezeDetailSerializer})
    def create(self, request: Request) -> Response:
        """Prepare the freeze of a study's classification."""
        return self.show(services.prepare_freeze(self.clean(RecordInput), actor=self.reader), 201)

    @extend_schema(request=FreezeChange, responses=FreezeDetailSerializer)
    def partial_update(self, request: Request, number: str) -> Response:
        """Change what is said of a freeze that is prepared."""
        return self.changed(FreezeChange)

    @extend_schema(request=TypedStepInput, responses=FreezeDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Take one step in the life of a freeze; see its `allowed_steps`."""
        return super().step(request, step)
