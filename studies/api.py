"""Studies and sites for machines: the same selectors and services as the pages."""

from dataclasses import replace
from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cqms.api.views import RecordViewSet
from studies import policies, services
from studies.models import Phase, Site, Study, StudyStatus, country_choices
from studies.selectors import sites_for, studies_for, with_words
from studies.serializers import (
    SiteChange,
    SiteInput,
    SiteSerializer,
    StudyChange,
    StudyDetailSerializer,
    StudyInput,
    StudySerializer,
)


class StudyFilter(django_filters.FilterSet):
    """Narrows the list of studies."""

    q = django_filters.CharFilter(method="with_words", label="Words in number, title or sponsor", max_length=200)
    phase = django_filters.ChoiceFilter(choices=Phase.choices)
    status = django_filters.ChoiceFilter(choices=StudyStatus.choices)
    country = django_filters.ChoiceFilter(
        choices=country_choices, method="in_country", label="A country of the study, ISO 3166-1 alpha-2"
    )

    def with_words(self, rows: QuerySet[Study], name: str, value: str) -> QuerySet[Study]:
        """Those that hold the words."""
        return with_words(rows, value)

    def in_country(self, rows: QuerySet[Study], name: str, value: str) -> QuerySet[Study]:
        """Those in the country."""
        return rows.filter(countries__contains=[value])


class StudyViewSet(RecordViewSet):
    """Studies the token's person may see."""

    serializer_class = StudySerializer
    detail_class = StudyDetailSerializer
    filterset_class = StudyFilter

    def records(self) -> QuerySet[Study]:
        return studies_for(self.reader)

    @extend_schema(operation_id="studies_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The studies this person may see, newest first."""
        policies.may_list.demand(self.reader)
        return super().list(request)

    @extend_schema(request=StudyInput, responses={201: StudyDetailSerializer})
    def create(self, request: Request) -> Response:
        """Open a study. Its manager receives the role at the study."""
        facts = services.StudyFacts(**self.clean(StudyInput))
        return self.show(services.create_study(facts, actor=self.reader), 201)

    @extend_schema(request=StudyChange, responses=StudyDetailSerializer)
    def partial_update(self, request: Request, number: str) -> Response:
        """Change a study, on the revision you saw."""
        study = self.get_object()
        data = self.clean(StudyChange, partial=True)
        revision, reason = self.revision(data), data.pop("reason", "")
        facts = replace(services.facts_of(study), **data)
        return self.show(services.change_study(study, facts, actor=self.reader, revision=revision, reason=reason))


class OfStudyViewSet(RecordViewSet):
    """What belongs to one study."""

    def study(self) -> Study:
        """The study of the address if it exists for this person. Raises Http404."""
        return get_object_or_404(studies_for(self.reader), number=self.kwargs["number"])


class SiteViewSet(OfStudyViewSet):
    """Sites of one study."""

    serializer_class = SiteSerializer
    lookups: ClassVar[dict[str, str]] = {"number": "site"}

    def records(self) -> QuerySet[Site]:
        return sites_for(self.request.user, self.study())

    @extend_schema(request=SiteInput, responses={201: SiteSerializer})
    def create(self, request: Request, number: str) -> Response:
        """Add a site to a study."""
        study = self.study()
        facts = services.SiteFacts(**self.clean(SiteInput))
        return self.show(services.add_site(study, facts, actor=self.reader), 201)

    @extend_schema(request=SiteChange, responses=SiteSerializer)
    def partial_update(self, request: Request, number: str, site: str) -> Response:
        """Change a site, on the revision you saw."""
        record = self.get_object()
        data = self.clean(SiteChange, partial=True)
        revision, reason = self.revision(data), data.pop("reason", "")
        facts = replace(services.site_facts_of(record), **data)
        return self.show(services.change_site(record, facts, actor=self.reader, revision=revision, reason=reason))


_ONE = {"get": "retrieve", "patch": "partial_update"}
_MANY = {"get": "list", "post": "create"}

urlpatterns = [
    path("studies/", StudyViewSet.as_view(_MANY), name="studies"),
    path("studies/<number:number>/", StudyViewSet.as_view(_ONE), name="study"),
    path("studies/<number:number>/sites/", SiteViewSet.as_view(_MANY), name="sites"),
    path("studies/<number:number>/sites/<number:site>/", SiteViewSet.as_view(_ONE), name="site"),
]
