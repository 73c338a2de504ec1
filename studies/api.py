"""Studies and sites for machines: the same selectors and services as the pages."""

from dataclasses import replace
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cqms.accounts.models import User
from cqms.api.serializers import Input, PersonSerializer, RevisionInput
from cqms.api.views import RecordViewSet
from studies import policies, services
from studies.models import Phase, Site, SiteStatus, Study, StudyStatus, country_choices
from studies.numbers import check_number
from studies.selectors import members, sites_of, studies_for, with_words


@extend_schema_field(OpenApiTypes.EMAIL)
class MemberField(serializers.Field[User, str, Any, Any]):
    """A member of the organization by e-mail address."""

    def to_internal_value(self, data: Any) -> User:
        """The person. Raises ValidationError when nobody here has this address."""
        address = serializers.EmailField().run_validation(data).lower()
        person = members().filter(email=address).first()
        if person is None:
            raise serializers.ValidationError("Nobody in this organization has this e-mail address.")
        return person


class StudySerializer(serializers.ModelSerializer[Study]):
    """A study."""

    manager = PersonSerializer()

    class Meta:
        model = Study
        fields = ("number", "title", "phase", "status", "sponsor", "countries", "manager", "revision")


class StudyInput(Input):
    """A new study."""

    number = serializers.CharField(max_length=40, validators=[check_number])
    title = serializers.CharField(max_length=250)
    phase = serializers.ChoiceField(Phase.choices)
    status = serializers.ChoiceField(StudyStatus.choices, default=StudyStatus.PLANNED)
    sponsor = serializers.CharField(max_length=200)
    countries = serializers.ListField(child=serializers.ChoiceField(country_choices()), min_length=1)
    manager = MemberField(write_only=True, help_text="Receives the role study manager at this study.")


class StudyChange(RevisionInput, StudyInput):
    """Fields of a study to change; number, phase, status, sponsor and manager need a reason."""

    reason = serializers.CharField(max_length=2000, allow_blank=True, default="")


class SiteSerializer(serializers.ModelSerializer[Site]):
    """A site of a study."""

    class Meta:
        model = Site
        fields = ("number", "name", "country", "status", "revision")


class SiteInput(Input):
    """A new site."""

    number = serializers.CharField(max_length=40, validators=[check_number])
    name = serializers.CharField(max_length=200)
    country = serializers.ChoiceField(country_choices())
    status = serializers.ChoiceField(SiteStatus.choices, default=SiteStatus.PLANNED)


class SiteChange(RevisionInput, SiteInput):
    """Fields of a site to change; number, country and status need a reason."""

    reason = serializers.CharField(max_length=2000, allow_blank=True, default="")


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
    filterset_class = StudyFilter

    def records(self) -> QuerySet[Study]:
        return studies_for(self.reader)

    @extend_schema(operation_id="studies_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The studies this person may see, newest first."""
        policies.may_list.demand(self.reader)
        return super().list(request)

    @extend_schema(request=StudyInput, responses={201: StudySerializer})
    def create(self, request: Request) -> Response:
        """Open a study. Its manager receives the role at the study."""
        facts = services.StudyFacts(**self.clean(StudyInput))
        return self.show(services.create_study(facts, actor=self.reader), 201)

    @extend_schema(request=StudyChange, responses=StudySerializer)
    def partial_update(self, request: Request, number: str) -> Response:
        """Change a study, on the revision you saw."""
        study = self.get_object()
        data = self.clean(StudyChange, partial=True)
        revision, reason = self.revision(data), data.pop("reason", "")
        facts = replace(services.facts_of(study), **data)
        return self.show(services.change_study(study, facts, actor=self.reader, revision=revision, reason=reason))


class SiteViewSet(RecordViewSet):
    """Sites of one study."""

    serializer_class = SiteSerializer
    lookups = {"number": "site"}

    def study(self) -> Study:
        """The study of the address if it exists for this person. Raises Http404."""
        return get_object_or_404(studies_for(self.reader), number=self.kwargs["number"])

    def records(self) -> QuerySet[Site]:
        return sites_of(self.study())

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
    path("studies/<study_number:number>/", StudyViewSet.as_view(_ONE), name="study"),
    path("studies/<study_number:number>/sites/", SiteViewSet.as_view(_MANY), name="sites"),
    path("studies/<study_number:number>/sites/<study_number:site>/", SiteViewSet.as_view(_ONE), name="site"),
]
