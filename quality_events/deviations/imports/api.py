"""Imports of deviations for machines: send a file, name its columns, see what it would do, have it done."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.urls import re_path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from cqms.api.views import RecordViewSet
from cqms.attachments.downloads import download_response
from cqms.audit.models import Lane
from quality_events.deviations.imports import services
from quality_events.deviations.imports.comparing import compare
from quality_events.deviations.imports.policies import may_import, may_import_somewhere
from quality_events.deviations.imports.presentation import rows_file
from quality_events.deviations.imports.selectors import columns_for, file_of, imports_for, table_of
from quality_events.deviations.imports.serializers import (
    ColumnsInput,
    ImportDetailSerializer,
    ImportInput,
    ImportSerializer,
    RunInput,
)
from quality_events.deviations.models import DeviationImport

_KEY = [OpenApiParameter("key", OpenApiTypes.INT, OpenApiParameter.PATH, description="Its `id`.")]


class ImportViewSet(RecordViewSet):
    """Files of deviations that the token's person may go on with."""

    serializer_class = ImportSerializer
    detail_class = ImportDetailSerializer
    lookups: ClassVar[dict[str, str]] = {"pk": "key"}

    def records(self) -> QuerySet[DeviationImport]:
        return imports_for(self.reader)

    def get_object(self) -> DeviationImport:
        """The import of the address. Raises Http404 or Denied."""
        found: DeviationImport = super().get_object()
        may_import.demand(self.reader, found)
        return found

    @extend_schema(operation_id="deviation_imports_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The files that were brought, newest first."""
        may_import_somewhere.demand(self.reader)
        return super().list(request)

    @extend_schema(request={"multipart/form-data": ImportInput}, responses={201: ImportDetailSerializer})
    def create(self, request: Request) -> Response:
        """Send a file. Nothing is created yet: its columns are proposed, then every row is looked at."""
        may_import_somewhere.demand(self.reader)
        data = self.clean(ImportInput)
        file, lane = data["file"], Lane.UNBLINDED if data["unblinded"] else Lane.GENERAL
        made = services.receive(
            data["study"], file, name=file.name, source_system=data["source_system"], actor=self.reader, lane=lane
        )
        return self.show(made, 201)

    @extend_schema(parameters=_KEY, responses=ImportDetailSerializer)
    def retrieve(self, request: Request, **parts: str) -> Response:
        """A file, what it would do now, and how far your last run of it is."""
        return super().retrieve(request, **parts)

    @extend_schema(parameters=_KEY, request=ColumnsInput, responses=ImportDetailSerializer)
    def columns(self, request: Request, key: str) -> Response:
        """Say which column is which field, or take what is proposed, on the revision you saw; then see what it does."""
        record = self.get_object()
        heads = list(table_of(record).heads)
        shape = ColumnsInput(data=request.data, context={**self.get_serializer_context(), "heads": heads})
        shape.is_valid(raise_exception=True)
        data: dict[str, Any] = dict(shape.validated_data)
        revision, chosen = self.revision(data), data.get("columns") or columns_for(record, heads)
        return self.show(services.choose_columns(record, chosen, actor=self.reader, revision=revision))

    @extend_schema(parameters=_KEY, request=RunInput, responses={201: ImportDetailSerializer})
    def run(self, request: Request, key: str) -> Response:
        """Have what is new created in the background; what is there is left alone, however often it is asked for."""
        record, answered = self.get_object(), self.clean(RunInput)["no_identity"]
        services.ask_to_run(record, actor=self.reader, answered=answered)
        return self.show(record, 201)

    @extend_schema(parameters=_KEY, responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def rows(self, request: Request, key: str) -> HttpResponse:
        """Every row that is not simply new, with what is wrong or different, as CSV."""
        record = self.get_object()
        return rows_file(compare(record, table_of(record).lines, self.reader) if record.columns else [])

    @extend_schema(parameters=_KEY, responses={(200, "*/*"): OpenApiTypes.BINARY})
    def file(self, request: Request, key: str) -> HttpResponseBase:
        """The file as it came; the trail says who took it."""
        found = file_of(self.get_object())
        return download_response(found.file, found.name, person=self.reader, record=found)


_view = ImportViewSet.as_view
_ONE = r"^deviation-imports/(?P<key>\d{1,18})"
_MANY = {"get": "list", "post": "create"}

urlpatterns = [
    re_path(r"^deviation-imports/$", _view(_MANY, parser_classes=[MultiPartParser]), name="deviation_imports"),
    re_path(rf"{_ONE}/$", _view({"get": "retrieve"}), name="deviation_import"),
    re_path(rf"{_ONE}/columns/$", _view({"put": "columns"}), name="deviation_import_columns"),
    re_path(rf"{_ONE}/run/$", _view({"post": "run"}), name="deviation_import_run"),
    re_path(rf"{_ONE}/rows/$", _view({"get": "rows"}), name="deviation_import_rows"),
    re_path(rf"{_ONE}/file/$", _view({"get": "file"}), name="deviation_import_file"),
]
