"""Reviews of rights for machines: the same selectors and services as the pages."""

from typing import Any, ClassVar

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import path, re_path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cqms.access.models import AccessReview, ReviewState
from cqms.administration import campaigns, reviews
from cqms.administration.serializers import (
    AccessReviewDetailSerializer,
    AccessReviewSerializer,
    AnswersInput,
    CampaignInput,
    CampaignSerializer,
    DayInput,
)
from cqms.api.serializers import StepInput, credentials_of
from cqms.api.views import LivingViewSet
from cqms.workflow.engine import Step

_REVIEW = r"^access-reviews/(?P<review>\d{1,18})"


class ReviewFilter(django_filters.FilterSet):
    """Narrows the list of reviews."""

    state = django_filters.ChoiceFilter(choices=ReviewState.choices)


class AccessReviewViewSet(LivingViewSet):
    """Reviews of rights: all for who decides about roles, else those that the token's person answers."""

    serializer_class = AccessReviewSerializer
    detail_class = AccessReviewDetailSerializer
    filterset_class = ReviewFilter
    lookups: ClassVar[dict[str, str]] = {"pk": "review"}
    workflow = reviews.REVIEW

    def records(self) -> QuerySet[AccessReview]:
        return reviews.reviews_for(self.reader)

    @extend_schema(operation_id="access_reviews_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The reviews this person may see, newest first: each is one reviewer's part of a campaign."""
        return super().list(request)

    @extend_schema(request=CampaignInput, responses={201: CampaignSerializer})
    def create(self, request: Request) -> Response:
        """Ask the manager of every person, or else who heads quality, about each right that is held now."""
        made = reviews.open_campaign(**self.clean(CampaignInput), actor=self.reader)
        told = {"reviews": made, "not_asked": reviews.without_reviewer()}
        return Response(CampaignSerializer(told, context=self.get_serializer_context()).data, status=201)

    @extend_schema(request=DayInput, responses=AccessReviewDetailSerializer)
    def partial_update(self, request: Request, review: str) -> Response:
        """Move the last day of the campaign, for every part that nobody has signed yet; reviewers are told."""
        found, data = self.get_object(), self.clean(DayInput)
        revision = self.revision(data)
        return self.show(campaigns.move_day(found, actor=self.reader, revision=revision, **data))

    @extend_schema(request=AnswersInput, responses=AccessReviewDetailSerializer)
    def answer(self, request: Request, review: str) -> Response:
        """Answer for some of the rights, as the reviewer who was asked; sign once all are answered."""
        found, data = self.get_object(), self.clean(AnswersInput)
        revision = self.revision(data)
        given = {each["assignment"]: (each["decision"], each["comment"]) for each in data["answers"]}
        try:
            return self.show(reviews.answer(found, given, actor=self.reader, revision=revision))
        except ValidationError as problem:
            raise ValidationError({"answers": problem.messages}) from problem

    @extend_schema(request=StepInput, responses=AccessReviewDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Sign the review, or cancel its campaign; see its `allowed_steps`."""
        return super().step(request, step)

    def perform(self, record: AccessReview, step: Step, data: dict[str, Any], revision: int) -> AccessReview:
        if step.allowed is None:
            return self.workflow.perform(record, step.key, actor=self.reader, revision=revision)
        if step.key == "cancel":
            return campaigns.cancel(record, actor=self.reader, reason=data["reason"], revision=revision)
        return reviews.conclude(record, actor=self.reader, credentials=credentials_of(data), revision=revision)


urlpatterns = [
    path("access-reviews/", AccessReviewViewSet.as_view({"get": "list", "post": "create"}), name="access_reviews"),
    re_path(
        rf"{_REVIEW}/$", AccessReviewViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="access_review",
    ),
    re_path(rf"{_REVIEW}/answers/$", AccessReviewViewSet.as_view({"put": "answer"}), name="access_review_answers"),
    re_path(
        rf"{_REVIEW}/steps/(?P<step>[a-z_]{{1,40}})/$", AccessReviewViewSet.as_view({"post": "step"}),
        name="access_review_step",
    ),
]  # fmt: skip
