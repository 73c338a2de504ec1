"""CAPAs for machines."""

from functools import partial

import django_filters
from django.urls import re_path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from quality_events.api import (
    NUMBER,
    OF_EVENT,
    OF_PART,
    PART,
    EventFilter,
    EventViewSet,
    PartOfEventViewSet,
    describe_parts,
    event_api_urls,
    part_api_urls,
)
from quality_events.capas import services
from quality_events.capas.inputs import (
    ActionChange,
    ActionInput,
    AnalysisInput,
    CauseChange,
    CauseInput,
    CriterionInput,
    ExtensionDecision,
    ExtensionInput,
)
from quality_events.capas.models import Action, Capa, CapaState, Cause, ExtensionRequest, Source
from quality_events.capas.serializers import (
    ActionSerializer,
    CapaChange,
    CapaDetailSerializer,
    CapaInput,
    CapaSerializer,
    CapaStepInput,
    CauseSerializer,
    ExtensionSerializer,
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

    @extend_schema(request=AnalysisInput, responses=CapaDetailSerializer)
    def analysis(self, request: Request, number: str) -> Response:
        """Write method and root cause of a CAPA in its analysis, on the revision you saw."""
        return self.written(AnalysisInput, partial(services.write, "analysis"))

    @extend_schema(request=CriterionInput, responses=CapaDetailSerializer)
    def criterion(self, request: Request, number: str) -> Response:
        """Set by what a CAPA is judged, before its plan is approved; `measured` tells what the portal counts itself."""
        return self.written(CriterionInput, partial(services.write, "criterion"))

    @extend_schema(request=CapaStepInput, responses=CapaDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Take one step in the life of a CAPA; see its `allowed_steps`."""
        return super().step(request, step)


@describe_parts
class CauseViewSet(PartOfEventViewSet):
    """Causes of one CAPA."""

    event, part, whole = Capa, Cause, "capa"
    noun = "Causes of a CAPA"
    serializer_class = CauseSerializer
    new, changed = CauseInput, CauseChange
    keep = staticmethod(services.keep_part)


@describe_parts
class ActionViewSet(PartOfEventViewSet):
    """The plan of one CAPA, row by row."""

    event, part, whole, related = Capa, Action, "capa", ("owner",)
    noun = "Plan of a CAPA, row by row"
    serializer_class = ActionSerializer
    new, changed = ActionInput, ActionChange
    keep, finish = staticmethod(services.keep_part), staticmethod(services.complete_action)


class ExtensionViewSet(PartOfEventViewSet):
    """More time that was asked for."""

    event, part, whole, related = Capa, ExtensionRequest, "capa", ("asked_by", "decided_by")
    serializer_class = ExtensionSerializer
    steps = ("decide",)

    @extend_schema(parameters=OF_EVENT, request=ExtensionInput, responses={201: ExtensionSerializer})
    def create(self, request: Request, number: str) -> Response:
        """Ask for more time before the day comes; somebody else decides."""
        return self.show(services.ask_extension(self.of, actor=self.reader, **self.clean(ExtensionInput)), 201)

    @extend_schema(parameters=OF_PART, responses=ExtensionSerializer)
    def retrieve(self, request: Request, **parts: str) -> Response:
        """More time that was asked for, and what was decided."""
        return super().retrieve(request, **parts)

    @extend_schema(parameters=OF_PART, request=ExtensionDecision, responses=ExtensionSerializer)
    def decide(self, request: Request, number: str, part: str) -> Response:
        """Grant or refuse more time."""
        asked, data = self.get_object(), self.clean(ExtensionDecision)
        return self.show(services.decide_extension(asked, actor=self.reader, **data))


_WRITTEN = {name: CapaViewSet.as_view({"put": name}) for name in ("analysis", "criterion")}
_EXTENSIONS = rf"^capas/{NUMBER}/extensions"

urlpatterns = [
    *event_api_urls("capas", "capa", CapaViewSet),
    *(re_path(rf"^capas/{NUMBER}/{name}/$", view, name=f"capa_{name}") for name, view in _WRITTEN.items()),
    *part_api_urls("capas/causes", "capa_cause", CauseViewSet),
    *part_api_urls("capas/actions", "capa_action", ActionViewSet, done=True),
    re_path(rf"{_EXTENSIONS}/$", ExtensionViewSet.as_view({"post": "create"}), name="capa_extensions"),
    re_path(rf"{_EXTENSIONS}/{PART}/$", ExtensionViewSet.as_view({"get": "retrieve"}), name="capa_extension"),
    re_path(rf"{_EXTENSIONS}/{PART}/decide/$", ExtensionViewSet.as_view({"post": "decide"}), name="capa_decide"),
]
