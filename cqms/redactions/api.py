"""Redactions for machines: the same selectors and services as the pages."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import path, re_path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cqms.api.serializers import StepInput, credentials_of
from cqms.api.views import LivingViewSet
from cqms.redactions import services
from cqms.redactions.models import Redaction, RedactionState
from cqms.redactions.policies import may_see_redactions
from cqms.redactions.selectors import redactions_for
from cqms.redactions.serializers import RedactionDetailSerializer, RedactionInput, RedactionSerializer
from cqms.redactions.workflow import REDACTION
from cqms.workflow.engine import Step

_NUMBER = r"^redactions/(?P<number>[A-Za-z0-9][A-Za-z0-9._-]{0,39})"


class RedactionFilter(django_filters.FilterSet):
    """Narrows the list of redactions."""

    state = django_filters.ChoiceFilter(choices=RedactionState.choices)


class RedactionViewSet(LivingViewSet):
    """Redactions of records that the token's person may see."""

    serializer_class = RedactionSerializer
    detail_class = RedactionDetailSerializer
    filterset_class = RedactionFilter
    workflow = REDACTION

    def records(self) -> QuerySet[Redaction]:
        return redactions_for(self.reader)

    @extend_schema(operation_id="redactions_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The redactions this person may see, newest first."""
        may_see_redactions.demand(self.reader)
        return super().list(request)

    @extend_schema(request=RedactionInput, responses={201: RedactionDetailSerializer})
    def create(self, request: Request) -> Response:
        """Prepare a redaction: where the words stand is counted, and nothing changes yet."""
        return self.show(services.prepare(services.Wish(**self.clean(RedactionInput)), actor=self.reader), 201)

    @extend_schema(request=StepInput, responses=RedactionDetailSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Take one step in the life of a redaction; see its `allowed_steps`."""
        return super().step(request, step)

    def perform(self, record: Redaction, step: Step, data: dict[str, Any], revision: int) -> Redaction:
        if step.key == "decline":
            return services.decline(record, actor=self.reader, reason=data["reason"], revision=revision)
        if step.key == "withdraw":
            return services.withdraw(record, actor=self.reader, revision=revision)
        sign = services.ask if step.key == "ask" else services.approve
        return sign(record, actor=self.reader, credentials=credentials_of(data), revision=revision)


urlpatterns = [
    path("redactions/", RedactionViewSet.as_view({"get": "list", "post": "create"}), name="redactions"),
    re_path(rf"{_NUMBER}/$", RedactionViewSet.as_view({"get": "retrieve"}), name="redaction"),
    re_path(
        rf"{_NUMBER}/steps/(?P<step>[a-z_]{{1,40}})/$",
        RedactionViewSet.as_view({"post": "step"}),
        name="redaction_step",
    ),
]
