"""Process deviations as the API shows and takes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cqms.access.policies import exists_for
from documents.models import Version
from quality_events.models import Severity
from quality_events.process_deviations.models import Decision, ProcessDeviation, Timing
from quality_events.process_deviations.selectors import versions_offered
from quality_events.serializers import (
    EVENT,
    WHOLE,
    EventInput,
    ReasonInput,
    RecordSerializer,
    TypedStepInput,
    WholeRecord,
)
from studies.serializers import MemberField

_OWN = (
    "timing", "version", "requirement", "immediate_action", "justification", "valid_from", "valid_until", "logged_on",
    "log_due_on", "severity", "rationale", "affects_safety", "affects_rights", "affects_data", "impact",
    "investigation", "decision", "action", "outcome", "ending",
)  # fmt: skip


@extend_schema_field(str)
class VersionField(serializers.Field[Version, str, Any, Any]):
    """A version of a controlled document that the reader may see: SOP-0123/1.0; “hidden” is one that they may not."""

    def to_representation(self, value: Version) -> str:
        """Number and version."""
        seen = exists_for(self.context["request"].user, value)
        return f"{value.document.number}/{value.label}" if seen else "hidden"

    def to_internal_value(self, data: Any) -> Version:
        """The version. Raises ValidationError when there is none like this for the reader."""
        told = serializers.CharField(max_length=60).run_validation(data)
        number, _, label = told.partition("/")
        rows = versions_offered(self.context["request"].user).filter(document__number=number)
        found = next((each for each in rows if each.label == label), None)
        if found is None:
            raise serializers.ValidationError("There is no such version, or it is not yours to see.")
        return found


class ProcessDeviationSerializer(RecordSerializer):
    """A process deviation in a list."""

    version = VersionField(read_only=True, allow_null=True, help_text="“hidden” where it is not yours to see.")

    class Meta:
        model = ProcessDeviation
        fields: tuple[str, ...] = (*EVENT, *_OWN)


class ProcessDeviationDetailSerializer(WholeRecord, ProcessDeviationSerializer):
    """A process deviation in full."""

    class Meta(ProcessDeviationSerializer.Meta):
        fields = (*EVENT, *_OWN, *WHOLE)


class _Told(EventInput):
    version = VersionField(allow_null=True, default=None, help_text="Number and version of a document: SOP-0123/1.0.")
    requirement = serializers.CharField(max_length=300, allow_blank=True, default="")
    immediate_action = serializers.CharField(max_length=8000, allow_blank=True, default="")
    justification = serializers.CharField(max_length=8000, allow_blank=True, default="")
    valid_from = serializers.DateField(allow_null=True, default=None, help_text="Of a planned one.")
    valid_until = serializers.DateField(allow_null=True, default=None, help_text="The last day, at most a year later.")


class ProcessDeviationInput(_Told):
    """A process deviation to log, or to ask for."""

    timing = serializers.ChoiceField(Timing.choices, default=Timing.UNPLANNED)


class ProcessDeviationChange(ReasonInput, _Told):
    """Fields of a process deviation to change."""


class ProcessDeviationStepInput(TypedStepInput):
    """What a step of a process deviation is sent: the fields that the step sets, as on its page."""

    owner = MemberField(required=False)
    version = VersionField(required=False, allow_null=True)
    requirement = serializers.CharField(max_length=300, required=False, allow_blank=True)
    severity = serializers.ChoiceField(Severity.choices, required=False)
    rationale = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    affects_safety = serializers.BooleanField(required=False)
    affects_rights = serializers.BooleanField(required=False)
    affects_data = serializers.BooleanField(required=False)
    impact = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    investigation = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    decision = serializers.ChoiceField(Decision.choices, required=False)
    action = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    outcome = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    ending = serializers.CharField(max_length=8000, required=False, allow_blank=True)
