"""Reviews of rights and the settings of an organization as the API shows and takes them."""

import datetime as dt
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cqms.access.models import AccessReview, ReviewState
from cqms.administration.reviews import DECISIONS, REVIEW
from cqms.administration.settings_life import SETTINGS
from cqms.api.serializers import Input, PersonSerializer, RevisionInput, StepSerializer, check_years, steps_of
from cqms.configuration.models import VersionOfSettings, VersionOfSettingsState
from cqms.configuration.rules import PATTERNS, SecondFactor, Settings, Signing, as_values

_MOST = 5000
_MANY = 1000
_ID = {"min_value": 1, "max_value": 2**63 - 1}


class AccessReviewSerializer(serializers.ModelSerializer[AccessReview]):
    """One reviewer's part of a campaign as a row of the list."""

    campaign = serializers.IntegerField(source="number", read_only=True, help_text="Its parts have the same number.")
    reviewer = PersonSerializer(read_only=True)
    opened_by = PersonSerializer(read_only=True)
    state = serializers.ChoiceField(choices=ReviewState.choices, read_only=True)
    rights = serializers.SerializerMethodField(help_text="How many rights are asked about.")
    unanswered = serializers.IntegerField(read_only=True)

    class Meta:
        model = AccessReview
        fields = ("id", "campaign", "title", "reviewer", "opened_by", "opened_at", "due_on", "state", "rights",
                  "unanswered", "revision")  # fmt: skip

    def get_rights(self, review: AccessReview) -> int:
        """The number of rights."""
        return len(review.answers)


class AnsweredSerializer(serializers.Serializer[Any]):
    """A right and what the reviewer says about it."""

    assignment = serializers.IntegerField(help_text="Names the right when you answer.")
    person = serializers.CharField(help_text="Whose right it is.")
    right = serializers.CharField(help_text="The role and where it is held, as it was when the campaign began.")
    decision = serializers.ChoiceField(choices=list(DECISIONS.items()), allow_blank=True, help_text="Blank while open.")
    comment = serializers.CharField(allow_blank=True)


class AccessReviewDetailSerializer(AccessReviewSerializer):
    """One reviewer's part with every right and its answer."""

    answers = AnsweredSerializer(many=True, read_only=True)
    allowed_steps = serializers.SerializerMethodField()

    class Meta(AccessReviewSerializer.Meta):
        fields = (*AccessReviewSerializer.Meta.fields, "answers", "allowed_steps")

    @extend_schema_field(StepSerializer(many=True))
    def get_allowed_steps(self, review: AccessReview) -> Any:
        """The steps from the present state."""
        return steps_of(REVIEW, review, self.context["request"].user)


class CampaignSerializer(serializers.Serializer[Any]):
    """A campaign that was just opened."""

    reviews = AccessReviewSerializer(many=True, read_only=True, help_text="One part for each reviewer.")
    not_asked = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Rights that nobody but their holder could review."
    )


class CampaignInput(Input):
    """A campaign that asks about every right that is held now."""

    title = serializers.CharField(max_length=200, help_text="For example “Rights, second half of the year”.")
    due_on = serializers.DateField(help_text="The last day on which reviewers can answer; tomorrow at the earliest.")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """The day is one that records can have. Raises ValidationError."""
        check_years(data)
        return data


class OneAnswer(Input):
    """An answer about one right."""

    assignment = serializers.IntegerField(**_ID)
    decision = serializers.ChoiceField(choices=list(DECISIONS.items()), allow_blank=True, help_text="Blank to wait.")
    comment = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=300, help_text="Needed to change or remove."
    )


class AnswersInput(RevisionInput):
    """Answers, on the revision you saw; rights that are left out stay as they are."""

    answers = OneAnswer(many=True, allow_empty=False, max_length=_MOST)


class DayInput(RevisionInput):
    """Another last day of a campaign, on the revision you saw."""

    due_on = serializers.DateField(help_text="The last day on which reviewers can answer; tomorrow at the earliest.")
    reason = serializers.CharField(max_length=2000, help_text="Why; reviewers read it.")

    def validate(self, data: dict[str, dt.date]) -> dict[str, dt.date]:
        """The day is one that records can have. Raises ValidationError."""
        check_years(data)
        return data


class DecidedSerializer(Input):
    """What an organization decides, in the order of the form that proposes it."""

    zone = serializers.CharField(max_length=64, help_text="An IANA name: Europe/Oslo.")
    working_days = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), max_length=7, help_text="0 for Monday to 6."
    )
    holidays = serializers.ListField(child=serializers.DateField(), max_length=_MANY, help_text="Days without work.")
    calendars = serializers.ListField(
        child=serializers.CharField(max_length=20), max_length=_MANY, help_text="Places of public holidays: DE, DE-BE."
    )
    number_pattern = serializers.ChoiceField(choices=list(PATTERNS.items()))
    number_digits = serializers.IntegerField(min_value=3, max_value=8)
    due_days = serializers.DictField(
        child=serializers.IntegerField(min_value=1, max_value=3650), help_text="Days allowed, by task."
    )
    second_factor = serializers.ChoiceField(choices=SecondFactor.choices)
    signing = serializers.ChoiceField(choices=Signing.choices)
    session_hours = serializers.IntegerField(min_value=1, max_value=24)
    idle_minutes = serializers.IntegerField(min_value=1, max_value=120)
    allowed_networks = serializers.ListField(
        child=serializers.CharField(max_length=50), max_length=_MANY, help_text="192.0.2.0/24; none is every address."
    )
    guest_days = serializers.IntegerField(min_value=1, max_value=730)
    needs_identity_proof = serializers.BooleanField()
    needs_introduction = serializers.BooleanField()
    suspends_unanswered = serializers.BooleanField()
    tables = serializers.DictField(
        child=serializers.CharField(max_length=8000, allow_blank=True), help_text="Tables and figures by key, as text."
    )


class ProviderSerializer(serializers.Serializer[Any]):
    """Where the people of the organization sign in; its secret is told nowhere."""

    name = serializers.CharField()
    issuer = serializers.CharField()
    client_id = serializers.CharField()
    domains = serializers.ListField(child=serializers.CharField())
    rules = serializers.ListField(child=serializers.CharField())
    is_open = serializers.BooleanField()


class SettingsValuesSerializer(DecidedSerializer):
    """Everything that holds in an organization."""

    provider = ProviderSerializer(allow_null=True, help_text="Null where there is none; proposed on its page.")

    def to_representation(self, found: Settings) -> dict[str, Any]:
        """Every setting, those that nobody decided with the value of a new organization."""
        whole = {**as_values(found), "provider": found.provider or None, "due_days": found.all_days(),
                 "tables": found.all_tables()}  # fmt: skip
        return super().to_representation(whole)


class SettingsSerializer(serializers.Serializer[Settings]):
    """What holds now."""

    version = serializers.IntegerField(help_text="The version that holds; 0 where nothing was decided yet.")
    values = SettingsValuesSerializer(source="*")


class VersionOfSettingsSerializer(serializers.ModelSerializer[VersionOfSettings]):
    """A version of the settings as a row of the list."""

    state = serializers.ChoiceField(choices=VersionOfSettingsState.choices, read_only=True)
    proposed_by = PersonSerializer(read_only=True)
    approved_by = PersonSerializer(read_only=True, allow_null=True, help_text="Null for one that only stopped sign-in.")

    class Meta:
        model = VersionOfSettings
        fields = ("number", "state", "summary", "reason", "proposed_by", "proposed_at", "approved_by", "approved_at",
                  "revision")  # fmt: skip


class VersionOfSettingsDetailSerializer(VersionOfSettingsSerializer):
    """A version of the settings with everything it says."""

    values = SettingsValuesSerializer(source="settings")
    allowed_steps = serializers.SerializerMethodField()

    class Meta(VersionOfSettingsSerializer.Meta):
        fields = (*VersionOfSettingsSerializer.Meta.fields, "values", "allowed_steps")

    @extend_schema_field(StepSerializer(many=True))
    def get_allowed_steps(self, version: VersionOfSettings) -> Any:
        """The steps from the present state."""
        return steps_of(SETTINGS, version, self.context["request"].user)


class ChangesInput(DecidedSerializer):
    """The settings that are to be otherwise; what is left out stays, within `due_days` and `tables` too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in self.fields.values():
            each.required = False


class SettingsInput(RevisionInput):
    """Settings that are proposed, on the version that holds as you saw it."""

    changes = ChangesInput()
    reason = serializers.CharField(max_length=2000, help_text="Why it changes.")


class StopInput(Input):
    """Why sign-in at the provider is stopped."""

    reason = serializers.CharField(max_length=2000)
    tokens = serializers.BooleanField(
        default=False, help_text="End the API tokens for this organization of everybody whom the provider knows, too."
    )
