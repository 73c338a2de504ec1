"""Changes as the API shows and takes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cqms.api.serializers import PersonSerializer, StepSerializer, steps_of
from quality_events.changes.models import (
    ChangeControl,
    ChangeKind,
    ChangeStage,
    ChangeTask,
    ImpactAssessment,
    Outcome,
    Regulatory,
)
from quality_events.changes.selectors import assessments_of, stages_of, tasks_of
from quality_events.changes.workflow import IMPACT
from quality_events.serializers import (
    RECORD,
    WHOLE,
    ReasonInput,
    RecordInput,
    RecordSerializer,
    TypedStepInput,
    WholeRecord,
    check_years,
)
from studies.serializers import MemberField

_OWN = ("kind", "opened_on", "subject_matter", "emergency", "temporary", "expires_on", "system_owner")
_TEXTS = (
    "justification", "gxp_grounds", "regulatory", "unconcerned", "approach", "risk_class", "regression_scope",
    "rollback_plan", "result", "config_diff", "regulatory_reference", "regulatory_on", "training_evidence", "outcome",
    "review", "reversed_on", "reversal_evidence",
)  # fmt: skip


class ImpactSerializer(serializers.ModelSerializer[ImpactAssessment]):
    """What one function says that the change does to its part."""

    owner = PersonSerializer(read_only=True)

    class Meta:
        model = ImpactAssessment
        fields = ("id", "function", "owner", "due_on", "state", "verdict", "finding", "measures", "revision")


class AssessmentSerializer(ImpactSerializer):
    """One assessment, with the steps you may take."""

    allowed_steps = serializers.SerializerMethodField()

    class Meta(ImpactSerializer.Meta):
        fields = (*ImpactSerializer.Meta.fields, "allowed_steps")

    @extend_schema_field(StepSerializer(many=True))
    def get_allowed_steps(self, assessment: ImpactAssessment) -> Any:
        """The steps from its state."""
        return steps_of(IMPACT, assessment, self.context["request"].user)


class ChangeTaskSerializer(serializers.ModelSerializer[ChangeTask]):
    """A task of a change."""

    owner = PersonSerializer(read_only=True)

    class Meta:
        model = ChangeTask
        fields = (
            "id", "text", "owner", "due_on", "after_release", "evidence", "done_at", "withdrawn_at", "revision",
        )  # fmt: skip


class ChangeStageSerializer(serializers.ModelSerializer[ChangeStage]):
    """A stage of a change as it was handed in."""

    class Meta:
        model = ChangeStage
        fields = ("id", "kind", "content", "made_at")


class ChangeSerializer(RecordSerializer):
    """A change in a list."""

    system_owner = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = ChangeControl
        fields: tuple[str, ...] = (*RECORD, *_OWN)


class ChangeDetailSerializer(WholeRecord, ChangeSerializer):
    """A change in full: with its assessments, tasks and stages."""

    assessments = serializers.SerializerMethodField()
    tasks = serializers.SerializerMethodField()
    stages = serializers.SerializerMethodField()

    class Meta(ChangeSerializer.Meta):
        fields = (*RECORD, *_OWN, *_TEXTS, "assessments", "tasks", "stages", *WHOLE)

    @extend_schema_field(ImpactSerializer(many=True))
    def get_assessments(self, change: ChangeControl) -> Any:
        """What each function that was asked says."""
        return ImpactSerializer(assessments_of(change), many=True).data

    @extend_schema_field(ChangeTaskSerializer(many=True))
    def get_tasks(self, change: ChangeControl) -> Any:
        """What is to be done."""
        return ChangeTaskSerializer(tasks_of(change), many=True).data

    @extend_schema_field(ChangeStageSerializer(many=True))
    def get_stages(self, change: ChangeControl) -> Any:
        """Everything that was handed in for signature."""
        return ChangeStageSerializer(stages_of(change), many=True).data


class ChangeInput(RecordInput):
    """A change that is requested."""

    kind = serializers.ChoiceField(ChangeKind.choices)
    subject_matter = serializers.CharField(max_length=300)
    justification = serializers.CharField(max_length=8000)
    emergency = serializers.BooleanField(default=False)
    temporary = serializers.BooleanField(default=False)
    expires_on = serializers.DateField(allow_null=True, default=None)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Days that records can have. Raises ValidationError."""
        check_years(data)
        return super().validate(data)


class ChangeOfChange(ReasonInput, ChangeInput):
    """Fields of a change to change."""


class ChangeStepInput(TypedStepInput):
    """What a step of a change is sent: the fields that the step sets, as on its page."""

    owner = MemberField(required=False)
    system_owner = MemberField(required=False)
    gxp_grounds = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    regulatory = serializers.ChoiceField(Regulatory.choices, required=False)
    unconcerned = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    result = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    config_diff = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    regulatory_reference = serializers.CharField(max_length=300, required=False, allow_blank=True)
    regulatory_on = serializers.DateField(required=False, allow_null=True)
    training_evidence = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    outcome = serializers.ChoiceField(Outcome.choices, required=False)
    review = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    reversed_on = serializers.DateField(required=False, allow_null=True)
    reversal_evidence = serializers.CharField(max_length=1000, required=False, allow_blank=True)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Days that records can have. Raises ValidationError."""
        check_years(data)
        return super().validate(data)
