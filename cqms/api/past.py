"""The past of any record for machines: as it was at a moment, and what is different at another one."""

import datetime as dt
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import Http404
from django.urls import re_path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cqms.access.policies import exists_for
from cqms.access.reach import hidden_fields
from cqms.api.serializers import Input
from cqms.api.views import RecordViewSet
from cqms.audit.models import AuditEvent
from cqms.audit.past import Past, differences
from cqms.audit.services import closed_lane_of
from cqms.organizations.models import TrackedModel
from cqms.records.models import find
from cqms.records.past import past_for, signatures_then
from cqms.ui.story import kinds_of_records

_YEARS = range(1900, 2200)


class MomentField(serializers.DateTimeField):
    """A moment that has been; without an offset it is UTC."""

    def to_internal_value(self, value: Any) -> dt.datetime:
        """The aware moment. Raises ValidationError for one still to come or of no year that records have."""
        found = super().to_internal_value(value)
        if found.year not in _YEARS:
            raise serializers.ValidationError("Check the year of this moment.")
        if found > timezone.now():
            raise serializers.ValidationError("This moment is still to come.")
        return found


class MomentsInput(Input):
    """At which moment, and against which other one."""

    as_of = MomentField(required=False)
    against = MomentField(required=False)


class FieldSerializer(serializers.Serializer[Any]):
    """One field as it was."""

    field = serializers.CharField()
    label = serializers.CharField()
    value = serializers.CharField(source="words", allow_blank=True, help_text="In words, as they read then.")


class PastDifferenceSerializer(serializers.Serializer[Any]):
    """One field that is not the same at both moments."""

    label = serializers.CharField()
    before = serializers.CharField(allow_blank=True, help_text="At the earlier moment.")
    after = serializers.CharField(allow_blank=True, help_text="At the later moment.")


class SignatureThenSerializer(serializers.Serializer[Any]):
    """A signature that stood under the record by then."""

    signer_name = serializers.CharField()
    meaning = serializers.CharField()
    statement = serializers.CharField()
    signed_at = serializers.DateTimeField()
    zone = serializers.CharField()
    content_hash = serializers.CharField(help_text="SHA-256 of what was signed.")


class PastSerializer(serializers.Serializer[Any]):
    """A record as it was."""

    kind = serializers.CharField()
    id = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    label = serializers.CharField()
    revision = serializers.IntegerField()
    state = serializers.CharField(allow_null=True, help_text="Null for records without states.")
    since = serializers.DateTimeField(help_text="When it began to stand so.")
    by = serializers.CharField(allow_null=True, help_text="Who did what brought it there.")
    sentence = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True, allow_blank=True)
    fields_then = FieldSerializer(many=True)
    signatures = SignatureThenSerializer(many=True)
    against = serializers.DateTimeField(allow_null=True)
    differences = PastDifferenceSerializer(
        many=True, allow_null=True, help_text="Null without another moment, or when there is nothing to see at it."
    )


class PastViewSet(RecordViewSet):
    """Any record the token's person may see, as it was; never what it was while in a lane closed to them."""

    serializer_class = PastSerializer
    pagination_class = None

    def get_queryset(self) -> QuerySet[Any]:
        """Records of every kind have no table in common: for the description the trail stands for them."""
        return QuerySet(AuditEvent)

    def get_object(self) -> TrackedModel:
        """The record of the address as it is now. Raises Http404."""
        kind, pk = self.kwargs["kind"], int(self.kwargs["record"])
        try:
            found: TrackedModel | None = find(kind, pk) if kind in kinds_of_records() else None
        except ObjectDoesNotExist:
            raise Http404 from None
        if found is None or not exists_for(self.reader, found):
            raise Http404
        self.viewed = found
        if found.field_lanes and not hidden_fields(self.reader, found):
            self.viewed_lane = closed_lane_of(found)
        return found

    @extend_schema(
        operation_id="records_as_of",
        parameters=[
            OpenApiParameter("kind", {"type": "string"}, OpenApiParameter.PATH, description="Such as `studies.study`."),
            OpenApiParameter("record", {"type": "integer", "minimum": 0}, OpenApiParameter.PATH, description="Its id."),
            OpenApiParameter("as_of", {"type": "string", "format": "date-time"}, description="Now, unless given."),
            OpenApiParameter("against", {"type": "string", "format": "date-time"}, description="Another moment."),
        ],
        responses=PastSerializer,
    )  # fmt: skip
    def retrieve(self, request: Request, **parts: str) -> Response:
        """A record as it was at a moment, and field by field what is different at another."""
        record = self.get_object()
        asked = MomentsInput(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        moment, other = asked.validated_data.get("as_of", timezone.now()), asked.validated_data.get("against")
        found = past_for(self.reader, record, moment)
        if found is None:
            raise Http404
        there = past_for(self.reader, record, other) if other else None
        told = _told(found, moment) | {"kind": self.kwargs["kind"], "id": record.pk, "against": other}
        before, after = (found, there) if other is None or other >= moment else (there, found)
        told["differences"] = differences(before, after) if before and after else None
        told["signatures"] = signatures_then(record, moment)
        return Response(PastSerializer(told).data)


def _told(found: Past, moment: dt.datetime) -> dict[str, Any]:
    event, row = found.event, found.record
    return {
        "as_of": moment, "label": found.label, "revision": row.revision, "since": found.since,
        "state": row.get_state_display() if hasattr(row, "get_state_display") else None,
        "by": event.actor_name if event else None, "sentence": event.sentence if event else None,
        "reason": event.reason if event else None, "fields_then": found.values,
    }  # fmt: skip


urlpatterns = [
    re_path(
        r"^records/(?P<kind>[a-z_]{1,40}\.[a-z_]{1,40})/(?P<record>\d{1,18})/as-of/$",
        PastViewSet.as_view({"get": "retrieve"}),
        name="record_as_of",
    )
]
