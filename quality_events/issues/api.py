"""Quality issues for machines."""

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from quality_events.api import EventFilter, EventViewSet, event_api_urls
from quality_events.issues.models import IssueState, QualityIssue
from quality_events.issues.serializers import (
    IssueChange,
    IssueDetailSerializer,
    IssueInput,
    IssueSerializer,
    IssueStepInput,
)
from quality_events.issues.workflow import QUALITY_ISSUE
from quality_events.models import Severity


class IssueFilter(EventFilter):
    """Narrows the list of quality issues."""

    state = django_filters.ChoiceFilter(choices=IssueState.choices)
    severity = django_filters.ChoiceFilter(choices=Severity.choices)


class IssueViewSet(EventViewSet):
    """Quality issues that the token's person may see."""

    model = QualityIssue
    workflow = QUALITY_ISSUE
    serializer_class = IssueSerializer
    detail_class = IssueDetailSerializer
    filterset_class = IssueFilter
    step_input = IssueStepInput

    @extend_schema(operation_id="issues_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The quality issues this person may see, newest first."""
        return self.every(request)

    @extend_schema(request=IssueInput, responses={201: IssueDetailSerializer})
    def create(self, request: Request) -> Response:
        """Open a quality issue; quality assurance is asked to triage it."""
        return self.made(self.clean(IssueInput))

    @extend_schema(request=IssueChange, responses=IssueDetailSerializer)
    def partial_update(self, request: Request, number: str) -> Response:
        """Change a quality issue that has not ended, on the revision you saw."""
        return self.changed(IssueChange)

    @extend_schema(request=IssueStepInput, responses=IssueDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Take one step in the life of a quality issue; see its `allowed_steps`."""
        return super().step(request, step)


urlpatterns = event_api_urls("issues", "issue", IssueViewSet)
