"""Participants of a study and how they are randomised, for machines: the same selectors and services as the pages."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cqms.api.views import RecordViewSet
from cqms.audit.models import Lane
from studies import policies
from studies.conduct import services
from studies.conduct.selectors import recruiting_sites
from studies.conduct.serializers import (
    AllocationInput,
    AllocationSerializer,
    MonthField,
    NotedSerializer,
    ParticipantsInput,
    ParticipantsSerializer,
)
from studies.models import Participants, Study
from studies.selectors import participants_for, studies_for

_OF_STUDY = [OpenApiParameter("number", OpenApiTypes.STR, OpenApiParameter.PATH, description="That of the study.")]


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


class ParticipantsViewSet(RecordViewSet):
    """Numbers of participants of one study, at the sites that the token's person sees."""

    serializer_class = ParticipantsSerializer
    filterset_class = ParticipantsFilter

    def study(self) -> Study:
        """The study of the address if it exists for this person. Raises Http404."""
        return get_object_or_404(studies_for(self.reader), number=self.kwargs["number"])

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


_participants = ParticipantsViewSet.as_view({"get": "list", "put": "update"})
_allocation = AllocationViewSet.as_view({"get": "retrieve", "put": "update"})

urlpatterns = [
    path("studies/<number:number>/participants/", _participants, name="participants"),
    path("studies/<number:number>/allocation/", _allocation, name="allocation"),
]
