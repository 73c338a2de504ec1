"""Search for machines: the same index and the same limits as the page."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cqms.api.views import RecordViewSet
from cqms.search.kinds import kinds
from cqms.search.models import SearchEntry
from cqms.search.selectors import MOST, entries_for, found

_LONGEST = 200


class HitSerializer(serializers.ModelSerializer[SearchEntry]):
    """A record that matches."""

    kind = serializers.CharField(help_text="The kind of record, for example `documents.document`.")
    state = serializers.CharField(help_text="The state as a word.")

    class Meta:
        model = SearchEntry
        fields: ClassVar = ["kind", "record_id", "number", "title", "state"]
        read_only_fields = fields


class FoundSerializer(serializers.Serializer[Any]):
    """What matches, the best first."""

    results = HitSerializer(many=True)


class SearchViewSet(RecordViewSet):
    """Every record the token's person may see."""

    serializer_class = HitSerializer
    pagination_class = None

    def records(self) -> QuerySet[SearchEntry]:
        return entries_for(self.reader)

    @extend_schema(
        operation_id="search",
        parameters=[
            OpenApiParameter(
                "q", {"type": "string", "minLength": 1, "maxLength": _LONGEST}, required=True,
                description="A number or its beginning, or words.",
            ),
            OpenApiParameter("kind", {"type": "string"}, description="Only this kind of record."),
        ],
        responses=forced_singular_serializer(FoundSerializer),
    )  # fmt: skip
    def list(self, request: Request, **parts: str) -> Response:
        """The records of this person that match, the best first, at most 200."""
        unknown = sorted(set(request.query_params) - {"q", "kind"})
        if unknown:
            raise ValidationError({name: ["There is no such filter here."] for name in unknown})
        words, kind = request.query_params.get("q", ""), request.query_params.get("kind", "")
        if not words.strip() or len(words) > _LONGEST:
            raise ValidationError({"q": [f"Search for 1 to {_LONGEST} characters."]})
        if kind and kind not in kinds():
            raise ValidationError({"kind": [f"Choose one of {', '.join(kinds())}."]})
        hits = found(self.reader, words, kind=kind, most=MOST)
        return Response({"results": HitSerializer(hits, many=True).data})


urlpatterns = [path("search/", SearchViewSet.as_view({"get": "list"}), name="search")]
