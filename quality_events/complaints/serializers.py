"""Complaints as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from quality_events.complaints.models import Channel, Complainant, Complaint, Conclusion, FollowUp, Subject
from quality_events.models import Severity
from quality_events.serializers import (
    EVENT,
    WHOLE,
    EventInput,
    ReasonInput,
    RecordSerializer,
    TypedStepInput,
    WholeRecord,
    check_years,
)
from studies.serializers import MemberField

_OWN = (
    "complainant", "channel", "subject_matter", "acknowledged_on", "severity", "safety", "privacy", "handed_over_at",
    "handed_over_to", "investigation", "conclusion", "follow_up", "follow_up_grounds", "reply", "replied_on",
    "replied_by", "content",
)  # fmt: skip


class ComplaintSerializer(RecordSerializer):
    """A complaint in a list."""

    class Meta:
        model = Complaint
        fields: tuple[str, ...] = (*EVENT, *_OWN)


class ComplaintDetailSerializer(WholeRecord, ComplaintSerializer):
    """A complaint in full."""

    class Meta(ComplaintSerializer.Meta):
        fields = (*EVENT, *_OWN, *WHOLE)


class ComplaintInput(EventInput):
    """A new complaint."""

    complainant = serializers.ChoiceField(Complainant.choices)
    channel = serializers.ChoiceField(Channel.choices)
    subject_matter = serializers.ChoiceField(Subject.choices)
    acknowledged_on = serializers.DateField(allow_null=True, default=None)


class ComplaintChange(ReasonInput, ComplaintInput):
    """Fields of a complaint to change."""


class ComplaintStepInput(TypedStepInput):
    """What a step of a complaint is sent: the fields that the step sets, as on its page."""

    complainant = serializers.ChoiceField(Complainant.choices, required=False)
    channel = serializers.ChoiceField(Channel.choices, required=False)
    subject_matter = serializers.ChoiceField(Subject.choices, required=False)
    owner = MemberField(required=False)
    severity = serializers.ChoiceField(Severity.choices, required=False)
    safety = serializers.BooleanField(required=False)
    privacy = serializers.BooleanField(required=False)
    handed_over_at = serializers.DateTimeField(required=False, allow_null=True)
    handed_over_to = serializers.CharField(max_length=300, required=False, allow_blank=True)
    investigation = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    conclusion = serializers.ChoiceField(Conclusion.choices, required=False)
    follow_up = serializers.ChoiceField(FollowUp.choices, required=False)
    follow_up_grounds = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    reply = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    replied_on = serializers.DateField(required=False, allow_null=True)
    replied_by = serializers.ChoiceField(Channel.choices, required=False)
    content = serializers.CharField(max_length=1000, required=False, allow_blank=True)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Days and moments that records can have. Raises ValidationError."""
        check_years(data)
        return super().validate(data)
