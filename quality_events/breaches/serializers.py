"""Serious breaches as the API shows and takes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cqms.accounts.models import check_zone
from quality_events.breaches.assessment import Answer, judge
from quality_events.breaches.clocks import clocks_of
from quality_events.breaches.models import ClockFrom, Commercial, Investigation, SentNotification, SeriousBreach
from quality_events.serializers import (
    EVENT,
    WHOLE,
    EventInput,
    ReasonInput,
    RecordSerializer,
    TypedStepInput,
    WholeRecord,
)

_AWARE = (
    "jurisdictions", "sponsor_zone", "aware_by", "aware_evidence", "first_aware_at", "first_aware_zone",
    "first_aware_by", "first_aware_evidence", "site_aware_at",
)  # fmt: skip
_ANSWERS = ("departs", "in_scope", "safety", "rights", "reliability", "systematic", "rationale")
_SHEET = (
    "investigation", "next_follow_up_on", "trial_title", "trial_number", "commercial", "in_procedure", "other_trials",
    "site_contact", "most_affected", "requirement", "impact_participants", "impact_data", "actions_taken", "root_cause",
    "parties", "channel", "receipt",
)  # fmt: skip
_OWN = (
    *_AWARE, "confirmed_at", "clock_from", "clock_rationale", *_ANSWERS, *_SHEET, "notified_at",
    "authority_questions", "authority_answers", "capa_reference",
)  # fmt: skip


class ClockSerializer(serializers.Serializer[Any]):
    """The legal clock of one place; its moments are null where none runs."""

    key = serializers.CharField(source="duty.key")
    authority = serializers.CharField(source="duty.authority")
    status = serializers.CharField(source="duty.status")
    started_by = serializers.CharField(help_text="From which awareness it runs.")
    started_at = serializers.DateTimeField(source="clock.started_at", allow_null=True, default=None)
    due_at = serializers.DateTimeField(source="clock.due_at", allow_null=True, default=None)
    latest_at = serializers.DateTimeField(source="clock.latest_at", allow_null=True, default=None)
    authority_latest_at = serializers.DateTimeField(source="clock.authority_latest_at", allow_null=True, default=None)


class SentSerializer(serializers.ModelSerializer[SentNotification]):
    """A notification as it was sent."""

    class Meta:
        model = SentNotification
        fields = ("version", "kind", "sent_at", "channel", "receipt", "sha256")


class BreachSerializer(RecordSerializer):
    """A serious breach in a list."""

    class Meta:
        model = SeriousBreach
        fields: tuple[str, ...] = (*EVENT, *_OWN)


class BreachDetailSerializer(WholeRecord, BreachSerializer):
    """A serious breach in full."""

    clocks = serializers.SerializerMethodField()
    outcome = serializers.SerializerMethodField()
    sent = SentSerializer(many=True, read_only=True)

    class Meta(BreachSerializer.Meta):
        fields = (*EVENT, *_OWN, "clocks", "outcome", "sent", *WHOLE)

    @extend_schema_field(ClockSerializer(many=True))
    def get_clocks(self, breach: SeriousBreach) -> Any:
        """The legal clock of each place."""
        return ClockSerializer(clocks_of(breach), many=True).data

    def get_outcome(self, breach: SeriousBreach) -> str:
        """What the answers lead to, and why."""
        judged = judge(breach.answers())
        return f"{judged.outcome}: {judged.why}"


def _words(most: int) -> serializers.CharField:
    return serializers.CharField(max_length=most, allow_blank=True, default="")


class BreachInput(EventInput):
    """A new suspicion."""

    jurisdictions = serializers.ListField(child=serializers.CharField(max_length=20), max_length=20, required=False)
    sponsor_zone = serializers.CharField(max_length=64, validators=[check_zone], required=False)
    aware_by = _words(200)
    aware_evidence = _words(500)
    first_aware_at = serializers.DateTimeField(allow_null=True, default=None)
    first_aware_zone = serializers.CharField(max_length=64, validators=[check_zone], default="UTC")
    first_aware_by = _words(200)
    first_aware_evidence = _words(500)
    site_aware_at = serializers.DateTimeField(allow_null=True, default=None)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Moments are moments that records can have. Raises ValidationError."""
        for name in ("first_aware_at", "site_aware_at"):
            if data.get(name) is not None and not 1900 <= data[name].year <= 2199:  # noqa: PLR2004 - years
                raise serializers.ValidationError({name: ["Check the year of this moment."]})
        return super().validate(data)


class BreachChange(ReasonInput, BreachInput):
    """Fields of a serious breach to change."""


class BreachStepInput(TypedStepInput):
    """What a step of a serious breach is sent: the fields that the step sets, as on its page."""

    names_people = ("parties", "site_contact")

    departs = serializers.ChoiceField(Answer.choices, required=False)
    in_scope = serializers.ChoiceField(Answer.choices, required=False)
    safety = serializers.ChoiceField(Answer.choices, required=False)
    rights = serializers.ChoiceField(Answer.choices, required=False)
    reliability = serializers.ChoiceField(Answer.choices, required=False)
    systematic = serializers.ChoiceField(Answer.choices, required=False)
    rationale = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    clock_from = serializers.ChoiceField(ClockFrom.choices, required=False)
    clock_rationale = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    aware_at = serializers.DateTimeField(required=False, help_text="With `start_later`: corrected.")
    first_aware_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="With `start_later`: corrected, or null where there was none."
    )
    investigation = serializers.ChoiceField(Investigation.choices, required=False)
    next_follow_up_on = serializers.DateField(required=False, allow_null=True)
    trial_title = serializers.CharField(max_length=500, required=False, allow_blank=True)
    trial_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    commercial = serializers.ChoiceField(Commercial.choices, required=False)
    in_procedure = serializers.CharField(max_length=500, required=False, allow_blank=True)
    other_trials = serializers.CharField(max_length=500, required=False, allow_blank=True)
    site_contact = serializers.CharField(max_length=500, required=False, allow_blank=True)
    most_affected = serializers.CharField(max_length=200, required=False, allow_blank=True)
    requirement = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    impact_participants = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    impact_data = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    actions_taken = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    root_cause = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    parties = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    sent_at = serializers.DateTimeField(required=False, help_text="When it was sent; now unless you say so.")
    channel = serializers.CharField(max_length=200, required=False, allow_blank=True)
    receipt = serializers.CharField(max_length=200, required=False, allow_blank=True)
    redaction_checked = serializers.BooleanField(required=False)
    authority_questions = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    authority_answers = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    capa_reference = serializers.CharField(max_length=200, required=False, allow_blank=True)
