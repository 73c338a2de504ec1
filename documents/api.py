"""Documents, their versions and periodic reviews for machines: the same selectors and services as the pages."""

from typing import Any, ClassVar

import django_filters
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, re_path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from cqms.api.serializers import credentials_of
from cqms.api.views import LivingViewSet, RecordViewSet
from cqms.attachments.downloads import download_response
from cqms.workflow.engine import Step
from documents import owners, policies, renditions, reviews, services, steps
from documents.models import Document, DocumentType, PeriodicReview, Version, VersionState
from documents.selectors import SOUGHT, documents_for, versions_for
from documents.serializers import (
    DocumentChange,
    DocumentInput,
    DocumentSerializer,
    DraftChange,
    NextReviewInput,
    ReviewRowSerializer,
    ReviewSerializer,
    UploadInput,
    VerdictInput,
    VersionInput,
    VersionRowSerializer,
    VersionSerializer,
    VersionStepInput,
)
from documents.services import Draft
from documents.workflow import PERIODIC_REVIEW, VERSION

_LABEL = r"(?P<label>\d{1,4}\.\d{1,4})"
_NUMBER = r"documents/(?P<number>[A-Za-z0-9][A-Za-z0-9._-]{0,39})"
_VERSION = rf"^{_NUMBER}/versions/{_LABEL}"


class DocumentFilter(django_filters.FilterSet):
    """Narrows the list of documents."""

    q = django_filters.CharFilter(method="with_words", label="Words in number or title", max_length=200)
    type = django_filters.ChoiceFilter(choices=DocumentType.choices)
    state = django_filters.ChoiceFilter(
        choices=VersionState.choices, method="in_state", label="A state that some version of the document is in"
    )
    study = django_filters.CharFilter(field_name="study__number", label="Number of the study", max_length=40)

    def with_words(self, rows: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        """Those that hold the words."""
        return SOUGHT.narrow(rows, value)

    def in_state(self, rows: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        """Those with a version in the state."""
        return rows.filter(pk__in=Version.objects.filter(state=value).values("document"))


class DocumentViewSet(RecordViewSet):
    """Documents the token's person may see."""

    serializer_class = DocumentSerializer
    filterset_class = DocumentFilter

    def records(self) -> QuerySet[Document]:
        return documents_for(self.reader).prefetch_related(
            Prefetch("versions", Version.objects.select_related("author").defer("markdown"))
        )

    @extend_schema(operation_id="documents_list")
    def list(self, request: Request, **parts: str) -> Response:
        """The documents this person may see, newest first."""
        policies.may_read_somewhere.demand(self.reader)
        return super().list(request)

    @extend_schema(request=DocumentInput, responses={201: VersionSerializer})
    def create(self, request: Request) -> Response:
        """Open a document with its first draft, 1.0, written by you. Answers the draft."""
        data = self.clean(DocumentInput)
        given = {name: data.pop(name, None) for name in ("type", "title", "owner", "study")}
        version = services.open_document(
            actor=self.reader, department=data.pop("department", ""), draft=_draft(data), **given
        )
        return self.show(version, 201, VersionSerializer)

    @extend_schema(request=DocumentChange, responses=DocumentSerializer)
    def partial_update(self, request: Request, number: str) -> Response:
        """Change who answers for a document, or its department, with the reason."""
        document = self.get_object()
        data = self.clean(DocumentChange)
        revision = self.revision(data)
        facts = {"owner": document.owner, "department": document.department, **data}
        return self.show(owners.change_document(document, actor=self.reader, revision=revision, **facts))


class VersionViewSet(LivingViewSet):
    """Versions of one document."""

    serializer_class = VersionRowSerializer
    detail_class = VersionSerializer
    workflow = VERSION
    step_input = VersionStepInput

    def records(self) -> QuerySet[Version]:
        document = get_object_or_404(documents_for(self.reader), number=self.kwargs["number"])
        return versions_for(self.reader).filter(document=document)

    def get_object(self) -> Version:
        """The version of the address if its document exists for this person. Raises Http404."""
        major, minor = self.kwargs["label"].split(".")
        return get_object_or_404(self.records(), major=int(major), minor=int(minor))

    @extend_schema(request=VersionInput, responses={201: VersionSerializer})
    def create(self, request: Request, number: str) -> Response:
        """Begin the next version as your draft; the text of the newest one is taken over unless you send another."""
        document = get_object_or_404(documents_for(self.reader), number=number)
        data = self.clean(VersionInput)
        minor = data.pop("size") == "minor"
        return self.show(services.begin_version(document, actor=self.reader, minor=minor, draft=_draft(data)), 201)

    @extend_schema(request=DraftChange, responses=VersionSerializer)
    def partial_update(self, request: Request, number: str, label: str) -> Response:
        """Change a draft, on the revision you saw; whom you name replaces who was named before."""
        version = self.get_object()
        data = self.clean(DraftChange, partial=True)
        revision = self.revision(data)
        return self.show(services.change_draft(version, actor=self.reader, revision=revision, draft=_draft(data)))

    @extend_schema(request={"multipart/form-data": UploadInput}, responses=VersionSerializer)
    def upload(self, request: Request, number: str, label: str) -> Response:
        """Give a draft its PDF, which becomes source and rendition, or its text as a Markdown file."""
        version = self.get_object()
        data = self.clean(UploadInput)
        file = data.pop("file")
        draft = Draft(file=(file.name, file.read(settings.FILE_LIMIT + 1)))
        revision = self.revision(data)
        return self.show(services.change_draft(version, actor=self.reader, revision=revision, draft=draft))

    @extend_schema(
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, (200, "text/markdown"): OpenApiTypes.BINARY}
    )
    def download(self, request: Request, number: str, label: str, which: str) -> HttpResponseBase:
        """A file: `pdf` is the issued copy (the rendition while in work), `signed` what was signed, or the `source`."""
        version = self.get_object()
        found = {"pdf": renditions.file_of(version), "source": version.source, "signed": version.rendition}[which]
        if found is None:
            raise Http404
        name = version.source_name if which == "source" else f"{number} {label}.pdf"
        return download_response(found, name, person=self.reader, record=version)

    @extend_schema(request=NextReviewInput, responses=VersionSerializer)
    def next_review(self, request: Request, number: str, label: str) -> Response:
        """Set another date for the next review of an effective version."""
        version = self.get_object()
        data = self.clean(NextReviewInput)
        revision = self.revision(data)
        day, reason = data["next_review_on"], data["reason"]
        return self.show(reviews.plan_review(version, actor=self.reader, revision=revision, day=day, reason=reason))

    @extend_schema(request=VersionStepInput, responses=VersionSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Take one step in the life of a version; see its `allowed_steps`."""
        return super().step(request, step)

    def perform(self, record: Version, step: Step, data: dict[str, Any], revision: int) -> Version:
        day = data.get("effective_on")
        if day is not None and step.key != "schedule":
            raise ValidationError({"effective_on": "Only the step “schedule” takes a day."})
        return steps.take_step(
            record,
            step.key,
            actor=self.reader,
            revision=revision,
            credentials=credentials_of(data),
            reason=data["reason"],
            values=None if day is None else {"effective_on": day},
        )


class ReviewViewSet(LivingViewSet):
    """Periodic reviews of one document."""

    serializer_class = ReviewRowSerializer
    detail_class = ReviewSerializer
    lookups: ClassVar[dict[str, str]] = {"pk": "review"}
    workflow = PERIODIC_REVIEW
    step_input = VerdictInput

    def records(self) -> QuerySet[PeriodicReview]:
        document = get_object_or_404(documents_for(self.reader), number=self.kwargs["number"])
        rows = PeriodicReview.objects.filter(
            version__in=versions_for(self.reader).filter(document=document).values("pk")
        )
        return rows.select_related("version__document__owner", "version__document__study", "organization")

    @extend_schema(request=VerdictInput, responses=ReviewSerializer)
    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Sign the verdict of a periodic review, with its grounds."""
        return super().step(request, step)

    def perform(self, record: PeriodicReview, step: Step, data: dict[str, Any], revision: int) -> PeriodicReview:
        if step.allowed is None:
            return self.workflow.perform(record, step.key, actor=self.reader, revision=revision)
        return reviews.conclude_review(
            record,
            actor=self.reader,
            verdict=data["verdict"],
            comment=data["comment"],
            credentials=credentials_of(data),
            revision=revision,
        )


def _draft(data: dict[str, Any]) -> Draft:
    people = {name: data.pop(name, None) for name in ("reviewers", "function_leads")}
    return Draft(content=data, **people)


_MANY = {"get": "list", "post": "create"}
_ONE = {"get": "retrieve", "patch": "partial_update"}
_upload = VersionViewSet.as_view({"put": "upload"}, parser_classes=[MultiPartParser])

urlpatterns = [
    path("documents/", DocumentViewSet.as_view(_MANY), name="documents"),
    re_path(rf"^{_NUMBER}/$", DocumentViewSet.as_view(_ONE), name="document"),
    re_path(rf"^{_NUMBER}/versions/$", VersionViewSet.as_view(_MANY), name="versions"),
    re_path(rf"{_VERSION}/$", VersionViewSet.as_view(_ONE), name="version"),
    re_path(rf"{_VERSION}/file/$", _upload, name="version_file"),
    re_path(
        rf"{_VERSION}/files/(?P<which>pdf|signed|source)/$",
        VersionViewSet.as_view({"get": "download"}),
        name="version_download",
    ),
    re_path(rf"{_VERSION}/next-review/$", VersionViewSet.as_view({"put": "next_review"}), name="next_review"),
    re_path(
        rf"{_VERSION}/steps/(?P<step>[a-z_]{{1,40}})/$", VersionViewSet.as_view({"post": "step"}), name="version_step"
    ),
    re_path(rf"^{_NUMBER}/reviews/$", ReviewViewSet.as_view({"get": "list"}), name="reviews"),
    re_path(rf"^{_NUMBER}/reviews/(?P<review>\d{{1,18}})/$", ReviewViewSet.as_view({"get": "retrieve"}), name="review"),
    re_path(
        rf"^{_NUMBER}/reviews/(?P<review>\d{{1,18}})/steps/(?P<step>[a-z_]{{1,40}})/$",
        ReviewViewSet.as_view({"post": "step"}),
        name="review_step",
    ),
]
