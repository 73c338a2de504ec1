"""What the API is sent for the parts of a CAPA; each asks what the form of its page asks."""

from typing import Any

from rest_framework import serializers

from cqms.api.serializers import RevisionInput
from quality_events.capas.forms import categories
from quality_events.capas.models import ActionKind, Bone, DataSource, Method, Unit, Weight
from quality_events.capas.selectors import causes_of, files_to_cite
from quality_events.counting import counted_types
from quality_events.serializers import AbleField, CodesOnlyInput, RowField, check_years


class CauseInput(CodesOnlyInput):
    """A cause."""

    text = serializers.CharField(max_length=500)
    parent = RowField(causes_of, "There is no such cause in this analysis.", allow_null=True, default=None)
    weight = serializers.ChoiceField(Weight.choices)
    bone = serializers.ChoiceField(Bone.choices)
    human_error = serializers.BooleanField(default=False)
    evidence = serializers.CharField(max_length=1000, allow_blank=True, default="")
    file = RowField(files_to_cite, "There is no such file of this CAPA.", allow_null=True, default=None)


class CauseChange(RevisionInput, CauseInput):
    """Fields of a cause to change."""


class ActionInput(CodesOnlyInput):
    """A row of the plan."""

    kind = serializers.ChoiceField(ActionKind.choices)
    text = serializers.CharField(max_length=1000)
    training = serializers.BooleanField(default=False)
    owner = AbleField()
    due_on = serializers.DateField()
    deliverable = serializers.CharField(max_length=500)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Days that records can have. Raises ValidationError."""
        check_years(data)
        return data


class ActionChange(RevisionInput, ActionInput):
    """Fields of a row of the plan to change."""


class AnalysisInput(CodesOnlyInput, RevisionInput):
    """Method and root cause, on the revision of the CAPA; the causes themselves are parts."""

    method = serializers.ChoiceField(Method.choices)
    root_cause = serializers.CharField(max_length=4000)
    challenge = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    interim = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    elsewhere = serializers.CharField(max_length=8000, required=False, allow_blank=True)


class CriterionInput(CodesOnlyInput, RevisionInput):
    """By what the CAPA is judged, on its revision: the whole criterion."""

    metric = serializers.CharField(max_length=300)
    target = serializers.DecimalField(max_digits=12, decimal_places=4, min_value=0)
    sample = serializers.CharField(max_length=300)
    data_source = serializers.ChoiceField(DataSource.choices)
    check_on = serializers.DateField()
    data_words = serializers.CharField(max_length=300, allow_blank=True, default="")
    baseline = serializers.CharField(max_length=300, allow_blank=True, default="")
    counted = serializers.CharField(
        max_length=40, allow_blank=True, default="", help_text="What the portal counts, for example `deviations`."
    )
    category = serializers.CharField(max_length=160, allow_blank=True, default="")
    unit = serializers.ChoiceField(Unit.choices, allow_blank=True, default="")
    before_from = serializers.DateField(allow_null=True, default=None)
    before_to = serializers.DateField(allow_null=True, default=None)
    after_from = serializers.DateField(allow_null=True, default=None)
    training_grounds = serializers.CharField(max_length=4000, allow_blank=True, default="")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """What is counted, and its category, are among those the page offers. Raises ValidationError."""
        check_years(data)
        counted, study = data["counted"], self.context["record"].study
        if counted and counted not in {each.space for each in counted_types()}:
            raise serializers.ValidationError({"counted": ["The portal counts no such events."]})
        if data["category"] and f"{counted}:{data['category']}" not in dict(categories(study)):
            raise serializers.ValidationError({"category": ["There is no such category of what is counted."]})
        return data


class ExtensionInput(CodesOnlyInput):
    """More time, asked for before the day comes."""

    due = serializers.DateField()
    why = serializers.CharField(max_length=4000)
    interim_control = serializers.CharField(max_length=4000)
    risk = serializers.CharField(max_length=4000)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """A day that records can have. Raises ValidationError."""
        check_years(data)
        return data


class ExtensionDecision(CodesOnlyInput):
    """Whether more time is granted."""

    granted = serializers.BooleanField()
    reason = serializers.CharField(max_length=2000)
