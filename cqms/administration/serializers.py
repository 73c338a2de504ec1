"""Reviews of rights as the API shows and takes them."""

import datetime as dt
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cqms.access.models import AccessReview, ReviewState
from cqms.administration.reviews import DECISIONS, REVIEW
from cqms.api.serializers import Input, PersonSerializer, RevisionInput, StepSerializer, check_years, steps_of

_MOST = 5000
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
