"""Changes for machines."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import re_path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cqms.api.serializers import credentials_of
from cqms.api.views import LivingViewSet
from cqms.workflow.engine import Step
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
from quality_events.changes import asking, services
from quality_events.changes.inputs import AssessmentStepInput, ChangePlanInput, QuestionInput, TaskChange, TaskInput
from quality_events.changes.models import ChangeControl, ChangeKind, ChangeState, ChangeTask, ImpactAssessment
from quality_events.changes.serializers import (
    AssessmentSerializer,
    ChangeDetailSerializer,
    ChangeInput,
    ChangeOfChange,
    ChangeSerializer,
    ChangeStepInput,
    ChangeTaskSerializer,
)
from quality_events.changes.workflow import CHANGE, IMPACT


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

    @extend_schema(request=ChangePlanInput, responses=ChangeDetailSerializer)
    def plan(self, request: Request, number: str) -> Response:
        """Write how a change is done, tested and undone, before it is approved, on the revision you saw."""
        return self.written(ChangePlanInput, services.write_plan)

    @extend_schema(request=ChangeStepInput, responses=ChangeDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Take one step in the life of a change; see its `allowed_steps`."""
        return super().step(request, step)

    def records(self) -> QuerySet[Any]:
        return super().records().select_related("system_owner")

    def change(self, record: ChangeControl, **how: Any) -> ChangeControl:
        return services.change_request(record, actor=self.reader, **how)


class AssessmentViewSet(PartOfEventViewSet, LivingViewSet):
    """Functions that are asked what one change does to their part."""

    event, part, whole, related = ChangeControl, ImpactAssessment, "change", ("owner",)
    serializer_class = AssessmentSerializer
    workflow = IMPACT
    step_input = AssessmentStepInput

    @extend_schema(parameters=OF_EVENT, request=QuestionInput, responses={201: AssessmentSerializer})
    def create(self, request: Request, number: str) -> Response:
        """Ask somebody what the change does to their function; once it was answered it can be asked again."""
        return self.show(asking.ask_function(self.of, actor=self.reader, **self.clean(QuestionInput)), 201)

    @extend_schema(parameters=OF_PART, responses=AssessmentSerializer)
    def retrieve(self, request: Request, **parts: str) -> Response:
        """What one function was asked, and what it says."""
        return super().retrieve(request, **parts)

    @extend_schema(parameters=OF_PART, request=AssessmentStepInput, responses=AssessmentSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Answer with your signature (`assess` or `object`), or `withdraw` the question."""
        return super().step(request, step)

    def perform(self, record: ImpactAssessment, step: Step, data: dict[str, Any], revision: int) -> ImpactAssessment:
        values = {name: data[name] for name in ("verdict", "finding", "measures") if name in data}
        return asking.take_assessment_step(
            record, step.key, actor=self.reader, values=values, credentials=credentials_of(data), reason=data["reason"],
            revision=revision,
        )  # fmt: skip


@describe_parts
class TaskViewSet(PartOfEventViewSet):
    """Tasks of one change."""

    event, part, whole, related = ChangeControl, ChangeTask, "change", ("owner",)
    noun = "Tasks of a change"
    serializer_class = ChangeTaskSerializer
    new, changed = TaskInput, TaskChange
    keep, finish = staticmethod(asking.keep_task), staticmethod(asking.complete_task)


_ASSESSMENTS = rf"^changes/{NUMBER}/assessments"
_STEP = rf"{_ASSESSMENTS}/{PART}/steps/(?P<step>[a-z_]{{1,40}})/$"

urlpatterns = [
    *event_api_urls("changes", "change", ChangeViewSet),
    re_path(rf"^changes/{NUMBER}/plan/$", ChangeViewSet.as_view({"put": "plan"}), name="change_plan"),
    re_path(rf"{_ASSESSMENTS}/$", AssessmentViewSet.as_view({"post": "create"}), name="assessments"),
    re_path(rf"{_ASSESSMENTS}/{PART}/$", AssessmentViewSet.as_view({"get": "retrieve"}), name="assessment"),
    re_path(_STEP, AssessmentViewSet.as_view({"post": "step"}), name="assessment_step"),
    *part_api_urls("changes/tasks", "change_task", TaskViewSet, done=True),
]
