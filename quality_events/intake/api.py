"""Initial reports for machines."""

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from quality_events.api import EventFilter, EventViewSet, event_api_urls
from quality_events.intake import services
from quality_events.intake.models import InitialReport, ReportState
from quality_events.intake.serializers import (
    NewReportInput,
    ReceiptSerializer,
    ReportChange,
    ReportDetailSerializer,
    ReportSerializer,
    ReportStepInput,
)
from quality_events.intake.workflow import INITIAL_REPORT


class ReportFilter(EventFilter):
    """Narrows the list of initial reports."""

    state = django_filters.ChoiceFilter(choices=ReportState.choices)


class ReportViewSet(EventViewSet):
    """Initial reports that the token's person may see."""

    model = InitialReport
    workflow = INITIAL_REPORT
    serializer_class = ReportSerializer
    detail_class = ReportDetailSerializer
    filterset_class = ReportFilter
    step_input = ReportStepInput

    @extend_schema(operation_id="intake_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The initial reports this person may see, newest first."""
        return self.every(request)

    @extend_schema(request=NewReportInput, responses={201: ReceiptSerializer})
    def create(self, request: Request) -> Response:
        """Report that something went wrong; answers the receipt."""
        data = self.clean(NewReportInput)
        confidential = data.pop("confidential")
        report = services.send_report(data, actor=self.reader, confidential=confidential)
        return self.show(report, 201, ReceiptSerializer)

    @extend_schema(request=ReportChange, responses=ReportDetailSerializer)
    def partial_update(self, request: Request, number: str) -> Response:
        """Change a report that waits for triage, on the revision you saw."""
        return self.changed(ReportChange)

    @extend_schema(request=ReportStepInput, responses=ReportDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Triage a report, or end it another way; see its `allowed_steps`."""
        return super().step(request, step)


urlpatterns = event_api_urls("intake", "intake", ReportViewSet)
