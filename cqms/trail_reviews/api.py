"""Reviews of the trail for machines: the same selectors and services as the pages."""

from dataclasses import replace
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path, re_path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cqms.api.serializers import credentials_of
from cqms.api.views import LivingViewSet
from cqms.trail_reviews import services
from cqms.trail_reviews.models import ReviewState, TrailReview
from cqms.trail_reviews.policies import may_see_reviews
from cqms.trail_reviews.selectors import comments_of, reviews_for
from cqms.trail_reviews.serializers import (
    AnswerInput,
    CommentInput,
    CommentSerializer,
    PlanChange,
    PlanInput,
    ReviewStepInput,
    TrailReviewDetailSerializer,
    TrailReviewSerializer,
)
from cqms.trail_reviews.workflow import TRAIL_REVIEW
from cqms.workflow.engine import Step

_NUMBER = r"^trail-reviews/(?P<number>[A-Za-z0-9][A-Za-z0-9._-]{0,39})"


class ReviewFilter(django_filters.FilterSet):
    """Narrows the list of reviews."""

    state = django_filters.ChoiceFilter(choices=ReviewState.choices)


class TrailReviewViewSet(LivingViewSet):
    """Reviews of the trail that the token's person may see."""

    serializer_class = TrailReviewSerializer
    detail_class = TrailReviewDetailSerializer
    filterset_class = ReviewFilter
    workflow = TRAIL_REVIEW
    step_input = ReviewStepInput

    def records(self) -> QuerySet[TrailReview]:
        return reviews_for(self.reader)

    @extend_schema(operation_id="trail_reviews_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The reviews this person may see, newest first."""
        may_see_reviews.demand(self.reader)
        return super().list(request)

    @extend_schema(request=PlanInput, responses={201: TrailReviewDetailSerializer})
    def create(self, request: Request) -> Response:
        """Plan a review of the trail; its reviewer is asked."""
        return self.show(services.plan_review(services.Plan(**self.clean(PlanInput)), actor=self.reader), 201)

    @extend_schema(request=PlanChange, responses=TrailReviewDetailSerializer)
    def partial_update(self, request: Request, number: str) -> Response:
        """Change what is planned before the review begins, on the revision you saw."""
        review = self.get_object()
        data = self.clean(PlanChange, partial=True)
        revision, reason = self.revision(data), data.pop("reason", "")
        plan = replace(services.plan_of(review), **data)
        return self.show(services.change_plan(review, plan, actor=self.reader, revision=revision, reason=reason))

    @extend_schema(request=ReviewStepInput, responses=TrailReviewDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Take one step in the life of a review; see its `allowed_steps`."""
        return super().step(request, step)

    def perform(self, record: TrailReview, step: Step, data: dict[str, Any], revision: int) -> TrailReview:
        if step.key == "start":
            return services.start(record, actor=self.reader, revision=revision)
        if step.key == "cancel":
            return services.cancel(record, actor=self.reader, reason=data["reason"], revision=revision)
        return services.sign_review(
            record,
            actor=self.reader,
            conclusion=data["conclusion"],
            credentials=credentials_of(data),
            revision=revision,
        )

    @extend_schema(request=CommentInput, responses={201: CommentSerializer})
    def comment(self, request: Request, number: str, entry: str) -> Response:
        """Say something about an entry of a running review, as its reviewer."""
        review = self.get_object()
        data = {"concerns": None, **self.clean(CommentInput)}
        made = services.comment(review, int(entry), actor=self.reader, **data)
        return self.show(made, 201, CommentSerializer)

    @extend_schema(request=AnswerInput, responses=CommentSerializer)
    def answer(self, request: Request, number: str, comment: str) -> Response:
        """Answer a comment that concerns you."""
        found = get_object_or_404(comments_of(self.get_object(), self.reader), pk=comment)
        data = self.clean(AnswerInput)
        return self.show(services.answer(found, actor=self.reader, text=data["answer"]), kind=CommentSerializer)


urlpatterns = [
    path("trail-reviews/", TrailReviewViewSet.as_view({"get": "list", "post": "create"}), name="trail_reviews"),
    re_path(
        rf"{_NUMBER}/$", TrailReviewViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="trail_review"
    ),
    re_path(
        rf"{_NUMBER}/entries/(?P<entry>\d{{1,18}})/comments/$",
        TrailReviewViewSet.as_view({"post": "comment"}),
        name="trail_review_comments",
    ),
    re_path(
        rf"{_NUMBER}/comments/(?P<comment>\d{{1,18}})/answer/$",
        TrailReviewViewSet.as_view({"put": "answer"}),
        name="trail_review_answer",
    ),
    re_path(
        rf"{_NUMBER}/steps/(?P<step>[a-z_]{{1,40}})/$",
        TrailReviewViewSet.as_view({"post": "step"}),
        name="trail_review_step",
    ),
]
