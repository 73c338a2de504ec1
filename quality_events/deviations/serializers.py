"""Protocol deviations, specifications and freezes as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from quality_events.deviations.models import (
    BreachAnswer,
    Freeze,
    Importance,
    ProtocolDeviation,
    Specification,
)
from quality_events.serializers import (
    EVENT,
    RECORD,
    WHOLE,
    EventInput,
    ReasonInput,
    RecordInput,
    RecordSerializer,
    TypedStepInput,
    WholeRecord,
)
from studies.models import ProtocolVersion

_OWN = (
    "subject_code", "visit", "protocol", "protocol_section", "immediate_action", "reported_to_ethics", "source_system",
    "source_id", "category", "importance", "rationale", "safety", "confirmed_at", "breach", "breach_grounds", "impact",
    "critical_factor", "excluded", "investigation", "action", "lane",
    "classified_after", "logged_on", "log_due_on",
)  # fmt: skip
_SPECIFIED = (*RECORD, "version", "protocol", "categories", "repeat_count", "repeat_days")
_FROZEN = (*RECORD, "deviations", "important", "content_sha256", "amends")


def _with_protocol(data: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """The protocol version of that label. Raises ValidationError where the study has none."""
    label = data.get("protocol")
    if label:
        study = data.get("study") or getattr(context.get("record"), "study", None)
        data["protocol"] = ProtocolVersion.objects.filter(study=study, label=label).first() if study else None
        if data["protocol"] is None:
            raise serializers.ValidationError({"protocol": ["There is no such protocol version of the study."]})
    return data


class DeviationSerializer(RecordSerializer):
    """A protocol deviation in a list."""

    protocol = serializers.SlugRelatedField(slug_field="label", read_only=True, allow_null=True)
    classified_after = serializers.SlugRelatedField(slug_field="number", read_only=True, allow_null=True)

    class Meta:
        model = ProtocolDeviation
        fields: tuple[str, ...] = (*EVENT, *_OWN)


class DeviationDetailSerializer(WholeRecord, DeviationSerializer):
    """A protocol deviation in full."""

    class Meta(DeviationSerializer.Meta):
        fields = (*EVENT, *_OWN, *WHOLE)


class DeviationInput(EventInput):
    """A protocol deviation to log."""

    subject_code = serializers.CharField(max_length=40, allow_blank=True, default="")
    visit = serializers.CharField(max_length=80, allow_blank=True, default="")
    protocol = serializers.CharField(max_length=40, allow_null=True, default=None, help_text="The label of a version.")
    protocol_section = serializers.CharField(max_length=80, allow_blank=True, default="")
    immediate_action = serializers.CharField(max_length=8000, allow_blank=True, default="")
    reported_to_ethics = serializers.DateField(
        allow_null=True, default=None, help_text="The day on which the ethics committee was told."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """A protocol version is one of the study. Raises ValidationError."""
        return _with_protocol(super().validate(data), self.context)


class NewDeviationInput(DeviationInput):
    """A new deviation."""

    unblinded = serializers.BooleanField(default=False, help_text="It tells who received what.")


class DeviationChange(ReasonInput, DeviationInput):
    """Fields of a deviation to change."""


class DeviationStepInput(TypedStepInput):
    """What a step of a deviation is sent."""

    category = serializers.CharField(max_length=160, required=False, allow_blank=True)
    importance = serializers.ChoiceField(Importance.choices, required=False)
    rationale = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    breach = serializers.ChoiceField(BreachAnswer.choices, required=False)
    breach_grounds = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    investigation = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    impact = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    critical_factor = serializers.CharField(max_length=300, required=False, allow_blank=True)
    excluded = serializers.BooleanField(required=False)
    action = serializers.CharField(max_length=8000, required=False, allow_blank=True)


class SpecificationSerializer(RecordSerializer):
    """A deviation specification in a list."""

    protocol = serializers.SlugRelatedField(slug_field="label", read_only=True, allow_null=True)

    class Meta:
        model = Specification
        fields: tuple[str, ...] = _SPECIFIED


class SpecificationDetailSerializer(WholeRecord, SpecificationSerializer):
    """A deviation specification in full."""

    class Meta(SpecificationSerializer.Meta):
        fields = (*_SPECIFIED, *WHOLE)


class SpecificationInput(RecordInput):
    """A specification to draft."""

    protocol = serializers.CharField(max_length=40, allow_null=True, default=None, help_text="The label of a version.")
    categories = serializers.CharField(
        max_length=20_000, help_text="“group / what deviates: important, safety” a line."
    )
    repeat_count = serializers.IntegerField(min_value=0, max_value=1000, default=3)
    repeat_days = serializers.IntegerField(min_value=1, max_value=3650, default=90)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """The protocol version belongs to the study. Raises ValidationError."""
        return _with_protocol(super().validate(data), self.context)


class SpecificationChange(ReasonInput, SpecificationInput):
    """Fields of a draft to change."""


class FreezeSerializer(RecordSerializer):
    """A classification freeze in a list."""

    amends = serializers.SlugRelatedField(slug_field="number", read_only=True, allow_null=True)

    class Meta:
        model = Freeze
        fields: tuple[str, ...] = _FROZEN


class FreezeDetailSerializer(WholeRecord, FreezeSerializer):
    """A classification freeze in full."""

    class Meta(FreezeSerializer.Meta):
        fields = (*_FROZEN, *WHOLE)


class FreezeChange(ReasonInput, RecordInput):
    """What is said of a freeze that is prepared."""
