"""Files and comments of records for machines: one shape for every kind of record that takes them."""

from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.urls import re_path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from cqms.api.views import RecordViewSet
from cqms.attachments import services as attachments
from cqms.attachments.downloads import download_response
from cqms.attachments.models import Attachment
from cqms.comments import services as comments
from cqms.comments.models import Comment
from cqms.comments.selectors import remarks_on
from cqms.portal import parts
from cqms.portal.serializers import AttachedFileSerializer, FileInput, LeaveInput, RemarkInput, RemarkSerializer

_ID = {"type": "integer", "minimum": 0}
_OF_RECORD = [
    OpenApiParameter("kind", {"type": "string"}, OpenApiParameter.PATH, description="Such as `studies.study`."),
    OpenApiParameter("record", _ID, OpenApiParameter.PATH, description="Its id."),
]
_OF_PART = [*_OF_RECORD, OpenApiParameter("part", _ID, OpenApiParameter.PATH, description="The id from the list.")]


class PartViewSet(RecordViewSet):
    """What belongs to one record and stands in a lane of its own. Define `records` limited to the reader's lanes."""

    lookups: ClassVar[dict[str, str]] = {"pk": "part"}

    @cached_property
    def record(self) -> Any:
        """The record of the address. Raises Http404."""
        self.viewed = parts.find_for(self.reader, self.kwargs["kind"], int(self.kwargs["record"]))
        if self.viewed is None:
            raise Http404
        return self.viewed

    def reason(self) -> str:
        """Why something leaves. Raises ValidationError."""
        return str(self.clean(LeaveInput)["reason"])


class CommentViewSet(PartViewSet):
    """Comments on one record."""

    serializer_class = RemarkSerializer

    def records(self) -> QuerySet[Comment]:
        return remarks_on(self.record, self.reader)

    @extend_schema(parameters=_OF_RECORD)
    def list(self, request: Request, **place: str) -> Response:
        """What was said about a record, newest first."""
        return super().list(request)

    @extend_schema(parameters=_OF_RECORD, request=RemarkInput, responses={201: RemarkSerializer})
    def create(self, request: Request, **place: str) -> Response:
        """Say something about a record; who answers for it and who commented before are told."""
        return self.show(parts.say(self.record, actor=self.reader, **self.clean(RemarkInput)), 201)

    @extend_schema(parameters=_OF_PART, request=LeaveInput, responses=RemarkSerializer)
    def take_back(self, request: Request, **place: str) -> Response:
        """Take back what you said; the trail keeps it."""
        return self.show(comments.take_back(self.get_object(), actor=self.reader, reason=self.reason()))


class FileViewSet(PartViewSet):
    """Files of one record."""

    serializer_class = AttachedFileSerializer

    def records(self) -> QuerySet[Attachment]:
        return attachments.files_of(self.record, self.reader)

    @extend_schema(parameters=_OF_RECORD)
    def list(self, request: Request, **place: str) -> Response:
        """The files of a record, newest first."""
        return super().list(request)

    @extend_schema(
        parameters=_OF_RECORD, request={"multipart/form-data": FileInput}, responses={201: AttachedFileSerializer}
    )
    def create(self, request: Request, **place: str) -> Response:
        """Attach a file to a record: a PDF, text, picture, Word or Excel file."""
        return self.show(parts.add(self.record, actor=self.reader, **self.clean(FileInput)), 201)

    @extend_schema(parameters=_OF_PART, responses={(200, "*/*"): OpenApiTypes.BINARY})
    def retrieve(self, request: Request, **place: str) -> HttpResponseBase:
        """The bytes of a file, as they came; the trail says who took it."""
        found = self.get_object()
        return download_response(found.file, found.name, person=self.reader, record=found)

    @extend_schema(parameters=_OF_PART, request=LeaveInput, responses=AttachedFileSerializer)
    def remove(self, request: Request, **place: str) -> Response:
        """Take a file off its record; bytes and trail stay."""
        return self.show(parts.take_off(self.record, self.get_object(), actor=self.reader, reason=self.reason()))


_RECORD = r"^records/(?P<kind>[a-z_]{1,40}\.[a-z_]{1,40})/(?P<record>\d{1,18})"
_PART = r"(?P<part>\d{1,18})"
_MANY = {"get": "list", "post": "create"}

urlpatterns = [
    re_path(rf"{_RECORD}/comments/$", CommentViewSet.as_view(_MANY), name="comments"),
    re_path(
        rf"{_RECORD}/comments/{_PART}/take-back/$",
        CommentViewSet.as_view({"post": "take_back"}),
        name="comment_take_back",
    ),
    re_path(rf"{_RECORD}/files/$", FileViewSet.as_view(_MANY, parser_classes=[MultiPartParser]), name="files"),
    re_path(rf"{_RECORD}/files/{_PART}/$", FileViewSet.as_view({"get": "retrieve"}), name="file"),
    re_path(rf"{_RECORD}/files/{_PART}/remove/$", FileViewSet.as_view({"post": "remove"}), name="file_remove"),
]
