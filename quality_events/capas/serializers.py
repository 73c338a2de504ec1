"""CAPAs as the API shows and takes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cqms.api.serializers import PersonSerializer
from quality_events.capas.measuring import measure
from quality_events.capas.models import Action, Capa, Cause, ExtensionRequest, Source, Stage
from quality_events.capas.selectors import actions_of, causes_of, extensions_of, stages_of
from quality_events.models import Severity
from quality_events.serializers import (
    RECORD,
    WHOLE,
    ReasonInput,
    RecordInput,
    RecordSerializer,
    TypedStepInput,
    WholeRecord,
)
from studies.serializers import MemberField

_OWN = ("source", "opened_on", "aware_on", "severity", "iteration")
_TEXTS = (
    "extent", "interim", "elsewhere", "method", "root_cause", "challenge", "training_grounds", "metric", "baseline",
    "target", "sample", "data_source", "data_words", "counted", "category", "unit", "before_from", "before_to",
    "after_from", "check_on", "result",
)  # fmt: skip


class CauseSerializer(serializers.ModelSerializer[Cause]):
    """A cause."""

    class Meta:
        model = Cause
        fields = (
            "id",
            "parent",
            "text",
            "weight",
            "bone",
            "human_error",
            "evidence",
            "file",
            "withdrawn_at",
            "revision",
        )


class ActionSerializer(serializers.ModelSerializer[Action]):
    """A row of the plan."""

    owner = PersonSerializer(read_only=True)

    class Meta:
        model = Action
        fields = (
            "id", "kind", "text", "training", "owner", "due_on", "deliverable", "evidence", "done_at", "withdrawn_at",
            "revision",
        )  # fmt: skip


class StageSerializer(serializers.ModelSerializer[Stage]):
    """A stage as it was handed in."""

    class Meta:
        model = Stage
        fields = ("id", "kind", "iteration", "content", "made_at")


class ExtensionSerializer(serializers.ModelSerializer[ExtensionRequest]):
    """More time that was asked for."""

    asked_by = PersonSerializer(read_only=True)
    decided_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = ExtensionRequest
        fields = (
            "id",
            "due_before",
            "due_wanted",
            "why",
            "interim_control",
            "risk",
            "asked_by",
            "decided_by",
            "granted",
            "revision",
        )


class CapaSerializer(RecordSerializer):
    """A CAPA in a list."""

    class Meta:
        model = Capa
        fields: tuple[str, ...] = (*RECORD, *_OWN)


class CapaDetailSerializer(WholeRecord, CapaSerializer):
    """A CAPA in full: with its causes, plan, stages, extensions, and what the portal measured."""

    causes = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField()
    stages = serializers.SerializerMethodField()
    extensions = serializers.SerializerMethodField()
    measured = serializers.SerializerMethodField()

    class Meta(CapaSerializer.Meta):
        fields = (*RECORD, *_OWN, *_TEXTS, "causes", "actions", "stages", "extensions", "measured", *WHOLE)

    @extend_schema_field(CauseSerializer(many=True))
    def get_causes(self, capa: Capa) -> Any:
        """The causes of the present iteration."""
        return CauseSerializer(causes_of(capa), many=True).data

    @extend_schema_field(ActionSerializer(many=True))
    def get_actions(self, capa: Capa) -> Any:
        """The plan of the present iteration."""
        return ActionSerializer(actions_of(capa), many=True).data

    @extend_schema_field(StageSerializer(many=True))
    def get_stages(self, capa: Capa) -> Any:
        """Everything that was handed in for signature."""
        return StageSerializer(stages_of(capa), many=True).data

    @extend_schema_field(ExtensionSerializer(many=True))
    def get_extensions(self, capa: Capa) -> Any:
        """Every extension that was asked for."""
        return ExtensionSerializer(extensions_of(capa), many=True).data

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_measured(self, capa: Capa) -> Any:
        """What the portal measured, in sentences; empty where it does not count."""
        found = measure(capa)
        return found.sentences() if found else []


class CapaInput(RecordInput):
    """A new CAPA."""

    source = serializers.ChoiceField(Source.choices, default=Source.OTHER)
    aware_on = serializers.DateField()
    interim = serializers.CharField(max_length=8000, allow_blank=True, default="")
    elsewhere = serializers.CharField(max_length=8000, allow_blank=True, default="")

    def validate_aware_on(self, day: Any) -> Any:
        """A day that records can have. Raises ValidationError."""
        if not 1900 <= day.year <= 2199:  # noqa: PLR2004 - the same years as everywhere
            raise serializers.ValidationError("Check the year of this day.")
        return day


class CapaChange(ReasonInput, CapaInput):
    """Fields of a CAPA to change."""


class CapaStepInput(TypedStepInput):
    """What a step of a CAPA is sent: the fields that the step sets, as on its page."""

    owner = MemberField(required=False)
    severity = serializers.ChoiceField(Severity.choices, required=False)
    extent = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    result = serializers.CharField(max_length=8000, required=False, allow_blank=True)
