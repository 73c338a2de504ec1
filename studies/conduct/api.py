"""Milestones, protocol versions, participants and randomisation of a study, for machines: as on the pages."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cqms.api.views import RecordViewSet
from cqms.audit.models import Lane
from studies import policies
from studies.api import OfStudyViewSet
from studies.conduct import services
from studies.conduct.selectors import protocol_versions_of, recruiting_sites
from studies.conduct.serializers import (
    AllocationInput,
    AllocationSerializer,
    MilestoneInput,
    MilestoneSerializer,
    MonthField,
    NotedSerializer,
    ParticipantsInput,
    ParticipantsSerializer,
    ProtocolChange,
    ProtocolInput,
    ProtocolSerializer,
)
from studies.models import Milestone, MilestoneKind, Participants, ProtocolVersion, Study
from studies.selectors import participants_for, studies_for

_OF_STUDY = [OpenApiParameter("number", OpenApiTypes.STR, OpenApiParameter.PATH, description="That of the study.")]
_KIND = OpenApiParameter("milestone", OpenApiTypes.STR, OpenApiParameter.PATH, enum=MilestoneKind.values)
_LABEL = OpenApiParameter("label", OpenApiTypes.STR, OpenApiParameter.PATH, description="Of the version.")
_OF_MILESTONE, _OF_PROTOCOL = [*_OF_STUDY, _KIND], [*_OF_STUDY, _LABEL]


class ParticipantsFilter(django_filters.FilterSet):
    """Narrows the numbers of participants."""

    site = django_filters.CharFilter(field_name="site__number", label="Number of a site", max_length=40)
    month = django_filters.CharFilter(method="in_month", label="A month, as 2026-09", max_length=7)

    def in_month(self, rows: QuerySet[Participants], name: str, value: str) -> QuerySet[Participants]:
        """Those of the month. Raises ValidationError."""
        try:
            return rows.filter(month=MonthField().to_internal_value(value))
        except ValidationError as error:
            raise ValidationError({name: error.detail}) from None


class MilestoneViewSet(OfStudyViewSet):
    """The milestones of one study."""

    serializer_class = MilestoneSerializer
    lookups: ClassVar[dict[str, str]] = {"kind": "milestone"}

    def records(self) -> QuerySet[Milestone]:
        return Milestone.objects.filter(study=self.study())

    @extend_schema(parameters=_OF_STUDY)
    def list(self, request: Request, number: str) -> Response:
        """The milestones that are planned or came, what was set last first."""
        return super().list(request)

    @extend_schema(parameters=_OF_MILESTONE)
    def retrieve(self, request: Request, **parts: str) -> Response:
        """When one milestone is planned, and when it came."""
        return super().retrieve(request, **parts)

    @extend_schema(parameters=_OF_MILESTONE, request=MilestoneInput, responses=MilestoneSerializer)
    def update(self, request: Request, number: str, milestone: str) -> Response:
        """Plan a milestone or note when it came, on the revision you saw: 0 where none was set."""
        study = self.study()
        if milestone not in MilestoneKind.values:
            raise Http404
        data = self.clean(MilestoneInput)
        how = {"actor": self.reader, "revision": self.revision(data), "reason": data["reason"]}
        return self.show(services.set_milestone(study, milestone, data["planned_on"], data["actual_on"], **how))


class ProtocolViewSet(OfStudyViewSet):
    """The versions of the protocol of one study."""

    serializer_class = ProtocolSerializer
    lookups: ClassVar[dict[str, str]] = {"label": "label"}

    def records(self) -> QuerySet[ProtocolVersion]:
        return protocol_versions_of(self.study())

    @extend_schema(parameters=_OF_STUDY)
    def list(self, request: Request, number: str) -> Response:
        """The versions of the protocol, what was noted last first."""
        return super().list(request)

    @extend_schema(parameters=_OF_STUDY, request=ProtocolInput, responses={201: ProtocolSerializer})
    def create(self, request: Request, number: str) -> Response:
        """Note a version of the protocol."""
        study, facts = self.study(), services.ProtocolFacts(**self.clean(ProtocolInput))
        return self.show(services.add_protocol_version(study, facts, actor=self.reader), 201)

    @extend_schema(parameters=_OF_PROTOCOL)
    def retrieve(self, request: Request, **parts: str) -> Response:
        """One version of the protocol."""
        return super().retrieve(request, **parts)

    @extend_schema(parameters=_OF_PROTOCOL, request=ProtocolChange, responses=ProtocolSerializer)
    def partial_update(self, request: Request, number: str, label: str) -> Response:
        """Correct what is said of a version, on the revision you saw."""
        found = self.get_object()
        data = self.clean(ProtocolChange, partial=True)
        how = {"actor": self.reader, "revision": self.revision(data), "reason": data.pop("reason", "")}
        facts = replace(services.facts_of_protocol(found), **data)
        return self.show(services.change_protocol_version(found, facts, **how))


class ParticipantsViewSet(OfStudyViewSet):
    """Numbers of participants of one study, at the sites that the token's person sees."""

    serializer_class = ParticipantsSerializer
    filterset_class = ParticipantsFilter

    def records(self) -> QuerySet[Participants]:
        return participants_for(self.reader, self.study()).select_related("site")

    @extend_schema(parameters=_OF_STUDY)
    def list(self, request: Request, number: str) -> Response:
        """Participants by site and month, what was noted last first."""
        return super().list(request)

    @extend_schema(parameters=_OF_STUDY, request=ParticipantsInput, responses=NotedSerializer)
    def update(self, request: Request, number: str) -> Response:
        """Note the participants of some sites in one month: all of it or nothing, on the revisions you saw."""
        study, data = self.study(), self.clean(ParticipantsInput)
        counts, seen = self._counts(study, data)
        changed = services.note_participants(study, counts, actor=self.reader, seen=seen, reason=data["reason"])
        return Response(NotedSerializer({"changed": changed}).data)

    def _counts(self, study: Study, data: dict[str, Any]) -> tuple[Sequence[services.Count], dict[int, int]]:
        """What is noted, and the revision that was seen of each site's number. Raises ValidationError."""
        sites = {site.number.lower(): site for site in recruiting_sites(study, self.reader)}
        unknown = sorted({row["site"] for row in data["counts"] if row["site"].lower() not in sites})
        if unknown:
            raise ValidationError(
                {"counts": [f"There is no site {each} of this study that was opened." for each in unknown]}
            )
        rows = [(sites[row["site"].lower()], row) for row in data["counts"]]
        counts = [services.Count(site, data["month"], row["screened"], row["enrolled"]) for site, row in rows]
        return counts, {site.pk: row.get("revision", 0) for site, row in rows}


class AllocationViewSet(RecordViewSet):
    """How participants of one study are randomised: for who may not see the unblinded lane there is nothing."""

    serializer_class = AllocationSerializer

    def records(self) -> QuerySet[Study]:
        return studies_for(self.reader)

    def get_object(self) -> Study:
        """The study of the address if this person may see its scheme; that it was seen is written down."""
        study: Study = super().get_object()
        if not policies.may_see_unblinded(self.reader, study):
            raise Http404
        self.viewed_lane = Lane.UNBLINDED
        return study

    @extend_schema(parameters=_OF_STUDY, responses=AllocationSerializer)
    def retrieve(self, request: Request, number: str) -> Response:
        """How participants are randomised, for who is unblinded; each look is in the trail."""
        return self.scheme(self.get_object())

    @extend_schema(parameters=_OF_STUDY, request=AllocationInput, responses=AllocationSerializer)
    def update(self, request: Request, number: str) -> Response:
        """Describe how participants are randomised, on the revision of that text which you saw."""
        study = self.get_object()
        data = self.clean(AllocationInput)
        revision, text = self.revision(data), data["allocation"]
        how = {"actor": self.reader, "revision": revision, "reason": data["reason"]}
        return self.scheme(services.set_randomisation(study, text, **how))

    def scheme(self, study: Study) -> Response:
        """The scheme with its own revision as ETag."""
        answer = self.show(study)
        answer["ETag"] = f'"{study.closed_revision}"'
        return answer


_milestones = MilestoneViewSet.as_view({"get": "list"})
_milestone = MilestoneViewSet.as_view({"get": "retrieve", "put": "update"})
_protocols = ProtocolViewSet.as_view({"get": "list", "post": "create"})
_protocol = ProtocolViewSet.as_view({"get": "retrieve", "patch": "partial_update"})
_participants = ParticipantsViewSet.as_view({"get": "list", "put": "update"})
_allocation = AllocationViewSet.as_view({"get": "retrieve", "put": "update"})

urlpatterns = [
    path("studies/<number:number>/milestones/", _milestones, name="milestones"),
    path("studies/<number:number>/milestones/<slug:milestone>/", _milestone, name="milestone"),
    path("studies/<number:number>/protocol-versions/", _protocols, name="protocols"),
    path("studies/<number:number>/protocol-versions/<number:label>/", _protocol, name="protocol"),
    path("studies/<number:number>/participants/", _participants, name="participants"),
    path("studies/<number:number>/allocation/", _allocation, name="allocation"),
]
