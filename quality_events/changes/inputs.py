"""What the API is sent for the parts of a change; each asks what the form of its page asks."""

from typing import Any

from rest_framework import serializers

from cqms.api.serializers import Input, RevisionInput
from quality_events.changes.models import Function, RiskClass, Verdict
from quality_events.serializers import AbleField, CodesOnlyInput, TypedStepInput, check_years

_ANSWERS = [(each.value, each.label) for each in Verdict if each != Verdict.NOT_ACCEPTABLE]


class ChangePlanInput(CodesOnlyInput, RevisionInput):
    """How a change is done, tested and undone, on its revision; the tasks themselves are parts."""

    approach = serializers.CharField(max_length=8000)
    risk_class = serializers.ChoiceField(RiskClass.choices, allow_blank=True, default="")
    regression_scope = serializers.CharField(max_length=8000, allow_blank=True, default="")
    rollback_plan = serializers.CharField(max_length=8000, allow_blank=True, default="")


class QuestionInput(Input):
    """Whom to ask what the change does to their function."""

    function = serializers.ChoiceField(Function.choices)
    owner = AbleField()
    due_on = serializers.DateField()

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """A day that records can have. Raises ValidationError."""
        check_years(data)
        return data


class AssessmentStepInput(TypedStepInput):
    """What a step of an assessment is sent: `assess` takes a verdict, `object` says why it is not acceptable."""

    verdict = serializers.ChoiceField(_ANSWERS, required=False, allow_blank=True)
    finding = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    measures = serializers.CharField(max_length=8000, required=False, allow_blank=True)


class TaskInput(CodesOnlyInput):
    """One task of a change."""

    text = serializers.CharField(max_length=1000)
    owner = AbleField()
    due_on = serializers.DateField()
    after_release = serializers.BooleanField(default=False)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """A day that records can have. Raises ValidationError."""
        check_years(data)
        return data


class TaskChange(RevisionInput, TaskInput):
    """Fields of a task to change."""
