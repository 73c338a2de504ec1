"""Reviews of rights and settings for machines: the same selectors and services as the pages."""

from typing import Any, ClassVar

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import path, re_path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cqms.access.models import AccessReview, ReviewState
from cqms.administration import campaigns, reviews, settings_life
from cqms.administration.forms.settings import changed
from cqms.administration.policies import may_propose_settings, may_see_settings
from cqms.administration.serializers import (
    AccessReviewDetailSerializer,
    AccessReviewSerializer,
    AnswersInput,
    CampaignInput,
    CampaignSerializer,
    DayInput,
    SettingsInput,
    SettingsSerializer,
    StopInput,
    VersionOfSettingsDetailSerializer,
    VersionOfSettingsSerializer,
)
from cqms.administration.stopping import stop_sign_in
from cqms.api.serializers import StepInput, credentials_of
from cqms.api.views import LivingViewSet
from cqms.configuration.models import VersionOfSettings, VersionOfSettingsState
from cqms.configuration.selectors import current_settings, every_version
from cqms.workflow.engine import Step

_VERSION = r"^settings/(?P<number>\d{1,9})"
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


class SettingsFilter(django_filters.FilterSet):
    """Narrows the list of versions."""

    state = django_filters.ChoiceFilter(choices=VersionOfSettingsState.choices)


class SettingsViewSet(LivingViewSet):
    """What holds in the organization and every version of it, for who may see the page of settings."""

    serializer_class = VersionOfSettingsSerializer
    detail_class = VersionOfSettingsDetailSerializer
    filterset_class = SettingsFilter
    workflow = settings_life.SETTINGS
    steps: ClassVar[tuple[str, ...]] = ("step", "stop")

    def records(self) -> QuerySet[VersionOfSettings]:
        may_see_settings.demand(self.reader)
        return every_version()

    @extend_schema(operation_id="settings_list")
    def list(self, request: Request, **parts: str) -> Response:
        """Every version of the settings, newest first."""
        return super().list(request)

    @extend_schema(responses=SettingsSerializer)
    def in_force(self, request: Request) -> Response:
        """What holds now; its ETag is the version that a proposal names."""
        may_see_settings.demand(self.reader)
        return self.show(current_settings(), kind=SettingsSerializer)

    @extend_schema(request=SettingsInput, responses={201: VersionOfSettingsDetailSerializer})
    def create(self, request: Request) -> Response:
        """Propose settings; they hold once somebody else, of quality assurance, has approved and signed them."""
        data = self.clean(SettingsInput)
        on = self.revision(data)
        may_propose_settings.demand(self.reader)
        try:
            wanted = changed(current_settings(), data["changes"], data["reason"])
        except ValidationError as problem:
            named = {f"changes.{name}": found for name, found in problem.message_dict.items()}
            raise ValidationError(named) from problem
        made = settings_life.propose(wanted, reason=data["reason"], actor=self.reader, on=on)
        return self.show(made, 201)

    @extend_schema(request=StopInput, responses=VersionOfSettingsDetailSerializer)
    def stop(self, request: Request) -> Response:
        """Stop sign-in at the provider at once: its sessions end, and who approves settings is told."""
        return self.show(stop_sign_in(**self.clean(StopInput), actor=self.reader))

    @extend_schema(request=StepInput, responses=VersionOfSettingsDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Approve or decline a version; see its `allowed_steps`."""
        return super().step(request, step)

    def perform(self, record: VersionOfSettings, step: Step, data: dict[str, Any], revision: int) -> VersionOfSettings:
        if step.allowed is None:
            return self.workflow.perform(record, step.key, actor=self.reader, revision=revision)
        if step.key == "decline":
            return settings_life.decline(record, actor=self.reader, revision=revision, reason=data["reason"])
        proof = credentials_of(data)
        return settings_life.approve(record, actor=self.reader, revision=revision, credentials=proof)


urlpatterns = [
    path("settings/", SettingsViewSet.as_view({"get": "list", "post": "create"}), name="settings"),
    path("settings/in-force/", SettingsViewSet.as_view({"get": "in_force"}), name="settings_in_force"),
    path("settings/provider/stop/", SettingsViewSet.as_view({"post": "stop"}), name="settings_provider_stop"),
    re_path(rf"{_VERSION}/$", SettingsViewSet.as_view({"get": "retrieve"}), name="settings_version"),
    re_path(
        rf"{_VERSION}/steps/(?P<step>[a-z_]{{1,40}})/$", SettingsViewSet.as_view({"post": "step"}),
        name="settings_step",
    ),
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
