"""The base of every view of the API: one organization, one transaction, one shape of answer."""

import re
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from cqms.access.reach import reach_of
from cqms.accounts.models import User
from cqms.api.parsing import LimitedJSONParser
from cqms.api.scopes import in_words, noun_of
from cqms.api.serializers import StepInput
from cqms.audit.refusals import Denied
from cqms.configuration.selectors import current_settings
from cqms.identity.where import address_of
from cqms.organizations.scope import scope
from cqms.records.seen import note_view
from cqms.workflow.engine import Step, Workflow

_PAGING = frozenset({"cursor", "size"})
_IF_MATCH = re.compile(r'(?:W/)?"(\d{1,9})"')


class JsonAlways(DefaultContentNegotiation):
    """JSON, whatever the client would rather have: files come with their own type, errors must be readable."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The first renderer."""
        return renderers[0], renderers[0].media_type


class MayWrite(BasePermission):
    """A token that only reads changes nothing, whatever its person may do."""

    message = "This token only reads. Make one that may change records."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the token fits the method."""
        return request.method in SAFE_METHODS or bool(request.auth and request.auth.may_write)


class WithinScope(BasePermission):
    """A token that was made for some kinds of records, or without steps, does nothing else."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the address is within what the token was made for."""
        noun, token = noun_of(request.path), request.auth
        if token is not None and token.nouns and noun and noun not in token.nouns:
            self.message = f"This token is for {in_words(token.nouns)} only."
            return False
        self.message = "This token takes no steps. Make one that may."
        is_step = getattr(view, "action", "") in getattr(view, "steps", ())
        return request.method in SAFE_METHODS or not is_step or bool(token and token.may_step)


class RecordViewSet(GenericViewSet[Any]):
    """Records of the token's organization, read and changed by the token's person.

    Define `records` from a selector limited to the reader, `serializer_class` (of a model) for what comes out,
    `detail_class` where one record tells more than a row, `filterset_class`, and `lookups` (field → part of the
    address). Actions clean their input with `clean`, call a service, and answer with `show`. The whole answer is made
    inside the scope of the organization; an error undoes everything, a refusal keeps its trace.
    `steps` are the actions that decide: a token without steps takes none of them.
    """

    permission_classes = (IsAuthenticated, MayWrite, WithinScope)
    parser_classes: tuple[type, ...] = (LimitedJSONParser,)
    content_negotiation_class = JsonAlways
    metadata_class = None
    filter_backends = (DjangoFilterBackend,)
    filterset_class: Any = None
    detail_class: type[Serializer[Any]] | None = None
    lookups: ClassVar[dict[str, str]] = {"number": "number"}
    steps: ClassVar[tuple[str, ...]] = ("step",)
    viewed: Any = None
    viewed_lane = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with ExitStack() as self.opened:
            answer = super().dispatch(request, *args, **kwargs)
            answer = answer.render() if isinstance(answer, Response) else answer
            if request.method == "GET" and answer.status_code == HTTPStatus.OK and self.request.auth:
                note_view(self.reader, self.viewed, request.path, lane=self.viewed_lane)
            return answer

    def perform_authentication(self, request: Request) -> None:
        """Open the token's organization. Raises NotAuthenticated or AuthenticationFailed."""
        super().perform_authentication(request)
        if request.auth is None:
            raise NotAuthenticated
        if request.auth.organization.suspended_at is not None:
            raise Denied(request.auth.organization.closed_words)
        self.opened.enter_context(scope(request.auth.organization, first=partial(reach_of, request.user)))
        if not reach_of(request.user).belongs:
            raise AuthenticationFailed("This token is not valid, or not any more.")
        address = address_of(request._request)  # noqa: SLF001 - Django's own request
        if not current_settings().admits(address):
            raise Denied(f"{request.auth.organization} lets programs in from its own networks only, as it does people.")

    @property
    def reader(self) -> User:
        """Who asks."""
        return self.request.user  # type: ignore[return-value]

    def records(self) -> QuerySet[Any]:
        """The records that exist for the reader. Raises Http404 when what they belong to does not."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        """The records; while the description is made, where there is no reader, just their model."""
        if getattr(self, "swagger_fake_view", False):
            return QuerySet(self.serializer_class.Meta.model)
        return self.records()

    def get_serializer_class(self) -> Any:
        """What comes out of this action."""
        return self.serializer_class if self.action == "list" else self.detail_class or self.serializer_class

    def get_object(self) -> Any:
        """The record of the address if it exists for this person. Raises Http404."""
        self.viewed = get_object_or_404(
            self.get_queryset(), **{name: self.kwargs[part] for name, part in self.lookups.items()}
        )
        return self.viewed

    def list(self, request: Request, **parts: str) -> Response:
        """One page of the records this person may see."""
        self._refuse_unknown_parameters()
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, **parts: str) -> Response:
        """One record."""
        return self.show(self.get_object())

    def show(self, record: Any, status: int = 200, kind: type[Serializer[Any]] | None = None) -> Response:
        """A record with its revision as ETag, in the shape of this action or another `kind`."""
        shape = kind or self.get_serializer_class()
        shown = shape(record, context=self.get_serializer_context())
        return Response(shown.data, status=status, headers={"ETag": f'"{record.revision}"'})

    def clean(self, kind: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """The input as clean values. Raises ValidationError."""
        given = kind(data=self.request.data, partial=partial, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        return given.validated_data

    def revision(self, data: dict[str, Any]) -> int:
        """The revision the client saw, taken out of the input or from If-Match. Raises ValidationError without one."""
        if "revision" in data:
            return data.pop("revision")
        sent = _IF_MATCH.fullmatch(self.request.headers.get("If-Match", ""))
        if sent is None:
            raise ValidationError({"revision": ["Send the revision you saw, here or as If-Match."]})
        return int(sent[1])

    def _refuse_unknown_parameters(self) -> None:
        known = {*_PAGING, *(self.filterset_class.base_filters if self.filterset_class else ())}
        unknown = sorted(set(self.request.query_params) - known)
        if unknown:
            raise ValidationError({name: ["There is no such filter here."] for name in unknown})


class LivingViewSet(RecordViewSet):
    """Records with a life: `POST …/steps/<step>/`. Define `workflow` and `perform`."""

    workflow: Workflow
    step_input: type[StepInput] = StepInput

    def perform(self, record: Any, step: Step, data: dict[str, Any], revision: int) -> Any:
        """Call the service that takes the step; returns the record as it is then."""
        raise NotImplementedError

    def step(self, request: Request, step: str, **parts: str) -> Response:
        """Take one step, signing it where the step is signed."""
        try:
            wanted = self.workflow.step(step)
        except KeyError:
            raise Http404 from None
        record = self.get_object()
        data = self.clean(self.step_input)
        revision = self.revision(data)
        if not data["password"] and self._is_to_be_signed(wanted, record):
            raise ValidationError({"password": ["This step is signed: send e-mail and password."]})
        return self.show(self.perform(record, wanted, data, revision))

    def _is_to_be_signed(self, step: Step, record: Any) -> bool:
        """Whether only the signature is missing; a step that is refused anyway is refused for its own reason."""
        options = self.workflow.available(record, self.reader)
        return step.signature is not None and any(each.step == step and each.possible for each in options)


@extend_schema(exclude=True)
class Nowhere(RecordViewSet):
    """Every address that does not exist: 401 without a token, else the same 404 as for a record one may not see."""

    def nothing(self, request: Request, **parts: str) -> Response:
        """There is nothing."""
        raise Http404
