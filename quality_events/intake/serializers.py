"""Initial reports as the API shows and takes them."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from quality_events.intake.models import InitialReport
from quality_events.intake.services import offered_types
from quality_events.selectors import record_by_number
from quality_events.serializers import (
    EVENT,
    WHOLE,
    ReasonInput,
    RecordInput,
    RecordSerializer,
    TypedStepInput,
    WholeRecord,
)
from quality_events.types import EventType
from studies.serializers import MemberField


class ReportSerializer(RecordSerializer):
    """An initial report in a list."""

    class Meta:
        model = InitialReport
        fields: tuple[str, ...] = (*EVENT, "place", "lane")


class ReportDetailSerializer(WholeRecord, ReportSerializer):
    """An initial report in full."""

    class Meta(ReportSerializer.Meta):
        fields = (*EVENT, "place", "lane", *WHOLE)


class ReportInput(RecordInput):
    """What happened, when, where, and who noticed."""

    title = None
    owner = None
    occurred_on = serializers.DateField(allow_null=True, default=None)
    place = serializers.CharField(max_length=300, allow_blank=True, default="")
    noticed_by = serializers.CharField(max_length=200, allow_blank=True, default="")


class NewReportInput(ReportInput):
    """A new report."""

    confidential = serializers.BooleanField(
        default=False, help_text="Only quality assurance sees it then; you may not see it yourself."
    )


class ReportChange(ReasonInput, ReportInput):
    """Fields of a report to change while it waits for triage."""


class ReceiptSerializer(serializers.Serializer[InitialReport]):
    """The receipt of a report: all that who sent a confidential one is told."""

    number = serializers.CharField()
    received_at = serializers.DateTimeField(source="aware_at")


@extend_schema_field(OpenApiTypes.STR)
class RecordField(serializers.Field[Any, str, Any, Any]):
    """Another quality event, or a document, by number."""

    def to_internal_value(self, data: Any) -> Any:
        """The record. Raises ValidationError where it does not exist for the reader, or is that of the address."""
        number = serializers.CharField(max_length=40).run_validation(data)
        found = record_by_number(number, self.context["request"].user)
        if found is None or found.number == self.context["view"].kwargs["number"]:
            raise serializers.ValidationError("There is no other record of this number, or it is not yours to see.")
        return found


class ReportStepInput(TypedStepInput):
    """What a step of a report is sent."""

    type = serializers.CharField(max_length=40, required=False, help_text="For `triage`: the type to open, `issues`.")
    title = serializers.CharField(max_length=250, required=False, allow_blank=True)
    owner = MemberField(required=False)
    original = RecordField(required=False, help_text="For `duplicate`: the number of the record that goes on.")

    def validate_type(self, key: str) -> EventType:
        """The type. Raises ValidationError."""
        found = next((each for each in offered_types() if each.space == key), None)
        if found is None:
            known = ", ".join(each.space for each in offered_types())
            raise serializers.ValidationError(f"Choose one of {known}.")
        return found
