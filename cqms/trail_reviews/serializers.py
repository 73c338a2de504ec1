"""Reviews of the trail as the API shows and takes them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.api.serializers import (
    Input,
    KnownPersonField,
    PersonSerializer,
    RevisionInput,
    StepInput,
    StepSerializer,
    steps_of,
)
from cqms.organizations.capabilities import Capability
from cqms.trail_reviews.models import Frequency, TrailComment, TrailReview
from cqms.trail_reviews.selectors import comments_of, places_for
from cqms.trail_reviews.workflow import TRAIL_REVIEW
from cqms.ui.story import kinds_of_records

_FIRST, _LAST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)


class ReaderField(KnownPersonField):
    """A person who may read here, by e-mail address."""

    unknown = "Nobody who may read here has this e-mail address."

    def people(self, address: str) -> Sequence[User]:
        return people_with(Capability.READ, anywhere=True)


@extend_schema_field(OpenApiTypes.STR)
class PlaceField(serializers.Field[Any, str, Any, Any]):
    """A place whose trail is reviewed: `organization`, or kind and id as in `studies.study:12`."""

    def to_internal_value(self, data: Any) -> Any:
        """The organization or the record. Raises ValidationError where the reader may not plan a review."""
        key = serializers.CharField(max_length=90).run_validation(data)
        request = self.context["request"]
        organization = request.auth.organization
        places = places_for(request.user, organization)
        found = places.get(f"{organization._meta.label_lower}:{organization.pk}" if key == "organization" else key)
        if found is None:
            raise serializers.ValidationError("There is no such place, or you may not plan reviews of its trail.")
        return found


class CommentSerializer(serializers.ModelSerializer[TrailComment]):
    """What was said about an entry."""

    entry = serializers.IntegerField(source="entry_id", help_text="The number of the entry.")
    author = PersonSerializer(read_only=True)
    concerns = PersonSerializer(read_only=True, allow_null=True)
    answered_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = TrailComment
        fields = ("id", "entry", "text", "author", "concerns", "answer", "answered_at", "answered_by", "revision")


class TrailReviewSerializer(serializers.ModelSerializer[TrailReview]):
    """A review of the trail in a list."""

    owner = PersonSerializer(read_only=True)
    kinds = serializers.ListField(child=serializers.CharField(), help_text="Kinds of records; empty means all.")
    lanes = serializers.ListField(child=serializers.CharField(), help_text="Lanes of the frozen query.")
    flag_counts = serializers.DictField(child=serializers.IntegerField(), help_text="Flagged entries by flag.")

    class Meta:
        model = TrailReview
        fields: tuple[str, ...] = (
            "number", "title", "state", "place_kind", "place_id", "place_label", "why_critical", "frequency",
            "starts_on", "ends_on", "kinds", "owner", "due_on", "up_to", "lanes", "entry_count", "content_sha256",
            "flag_counts", "conclusion", "revision",
        )  # fmt: skip


class TrailReviewDetailSerializer(TrailReviewSerializer):
    """One review with its comments and steps."""

    comments = serializers.SerializerMethodField(help_text="Of entries you may see, oldest first.")
    allowed_steps = serializers.SerializerMethodField()

    class Meta(TrailReviewSerializer.Meta):
        fields = (*TrailReviewSerializer.Meta.fields, "comments", "allowed_steps")

    @extend_schema_field(CommentSerializer(many=True))
    def get_comments(self, review: TrailReview) -> Any:
        """What was said about entries."""
        return CommentSerializer(comments_of(review, self.context["request"].user), many=True).data

    @extend_schema_field(StepSerializer(many=True))
    def get_allowed_steps(self, review: TrailReview) -> Any:
        """The steps from the present state."""
        return steps_of(TRAIL_REVIEW, review, self.context["request"].user)


class PlanInput(Input):
    """A review to plan."""

    place = PlaceField(help_text="`organization`, or kind and id, for example `studies.study:12`.")
    why_critical = serializers.CharField(max_length=4000)
    frequency = serializers.ChoiceField(choices=Frequency.choices, default=Frequency.ONCE)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    kinds = serializers.ListField(child=serializers.CharField(max_length=60), default=list, max_length=100)
    owner = ReaderField(help_text="The reviewer, by e-mail address.")
    due_on = serializers.DateField()

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Days are days records can have, kinds are known. Raises ValidationError."""
        days = [name for name in ("starts_on", "ends_on", "due_on") if name in data]
        wrong = [name for name in days if not _FIRST <= data[name] <= _LAST]
        if wrong:
            raise serializers.ValidationError({name: ["Check the year of this day."] for name in wrong})
        unknown = sorted(set(data.get("kinds", ())) - set(kinds_of_records()))
        if unknown:
            raise serializers.ValidationError({"kinds": [f"There is no kind of record {', '.join(unknown)}."]})
        return data


class PlanChange(RevisionInput, PlanInput):
    """What shall be different in a plan, on the revision you saw; what is left out stays."""

    reason = serializers.CharField(
        required=False, allow_blank=True, max_length=2000, help_text="Why, where what is reviewed changes."
    )


class ReviewStepInput(StepInput):
    """What a step of a review is sent."""

    conclusion = serializers.CharField(required=False, allow_blank=True, default="", max_length=8000)


class CommentInput(Input):
    """A comment on an entry."""

    text = serializers.CharField(max_length=4000)
    concerns = ReaderField(required=False, help_text="Whom it concerns, by e-mail address.")


class AnswerInput(Input):
    """An answer to a comment."""

    answer = serializers.CharField(max_length=4000)
