"""Quality issues as the API shows and takes them."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from quality_events.issues.models import BreachScreen, Decision, Detectability, Extent, QualityIssue, Scope
from quality_events.models import Severity
from quality_events.selectors import events_for
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
    "scope", "scope_detail", "detected_how", "critical_factor", "affected", "safety", "privacy", "blinding", "breach",
    "severity", "extent", "detectability", "containment", "root_cause", "decision", "decision_grounds", "persistent",
    "termination", "effect",
)  # fmt: skip


class IssueSerializer(RecordSerializer):
    """A quality issue in a list."""

    class Meta:
        model = QualityIssue
        fields: tuple[str, ...] = (*EVENT, *_OWN)


class IssueDetailSerializer(WholeRecord, IssueSerializer):
    """A quality issue in full."""

    class Meta(IssueSerializer.Meta):
        fields = (*EVENT, *_OWN, *WHOLE)


class IssueInput(EventInput):
    """A new quality issue."""

    scope = serializers.ChoiceField(Scope.choices, default=Scope.STUDY)
    scope_detail = serializers.CharField(max_length=300, allow_blank=True, default="")
    detected_how = serializers.CharField(max_length=300)
    critical_factor = serializers.CharField(max_length=300, allow_blank=True, default="")
    containment = serializers.CharField(max_length=8000, allow_blank=True, default="")


class IssueChange(ReasonInput, IssueInput):
    """Fields of a quality issue to change."""


@extend_schema_field(OpenApiTypes.STR)
class IssueField(serializers.Field[QualityIssue, str, Any, Any]):
    """Another quality issue by number."""

    def to_internal_value(self, data: Any) -> QualityIssue:
        """The issue. Raises ValidationError where it does not exist for the reader, or is that of the address."""
        number = serializers.CharField(max_length=40).run_validation(data)
        others = events_for(QualityIssue, self.context["request"].user).exclude(
            number=self.context["view"].kwargs["number"]
        )
        found = others.filter(number__iexact=number).first()
        if found is None:
            raise serializers.ValidationError("There is no other issue of this number, or it is not yours to see.")
        return found


class IssueStepInput(TypedStepInput):
    """What a step of a quality issue is sent: the fields that the step sets, as on its page."""

    owner = MemberField(required=False)
    severity = serializers.ChoiceField(Severity.choices, required=False)
    extent = serializers.ChoiceField(Extent.choices, required=False)
    detectability = serializers.ChoiceField(Detectability.choices, required=False)
    breach = serializers.ChoiceField(BreachScreen.choices, required=False)
    affected = serializers.IntegerField(min_value=0, max_value=10_000_000, required=False, allow_null=True)
    safety = serializers.BooleanField(required=False)
    privacy = serializers.BooleanField(required=False)
    blinding = serializers.BooleanField(required=False)
    original = IssueField(required=False, help_text="For `duplicate`: the number of the issue that goes on.")
    containment = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    root_cause = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    critical_factor = serializers.CharField(max_length=300, required=False, allow_blank=True)
    decision = serializers.ChoiceField(Decision.choices, required=False)
    decision_grounds = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    persistent = serializers.BooleanField(required=False)
    termination = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    effect = serializers.CharField(max_length=8000, required=False, allow_blank=True)
