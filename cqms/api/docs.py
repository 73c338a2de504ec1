"""The API described: the OpenAPI document for programs, and pages for people."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cqms.api.authentication import TokenAuthentication
from cqms.api.description import Operation, Value, document, groups
from cqms.ui import rail
from cqms.ui.components import Facts, Table
from cqms.ui.items import Crumb, Head, Related
from cqms.ui.views import Page

_HEADS = (Head("Name", "lead fit"), Head("Kind"), Head("Meaning"))


def register() -> None:
    """Show the page beside a person's own tokens, outside of any organization."""
    rail.register(rail.Entry("api", "API", "document", "api:docs", 230, allowed=_is_outside))


def _is_outside(request: HttpRequest) -> bool:
    reader = getattr(request, "user", None)
    return reader is not None and reader.is_authenticated and getattr(request, "organization", None) is None


@cache
def _as_yaml() -> bytes:
    """The OpenAPI document as YAML: writing it takes longer than anything else the API answers."""
    return OpenApiYamlRenderer().render(document())


class _Yaml(OpenApiYamlRenderer):
    def render(self, data: Any, *_: Any, **__: Any) -> bytes:
        return _as_yaml() if data is document() else super().render(data)


class _Yaml2(_Yaml):
    media_type = OpenApiYamlRenderer2.media_type


class Schema(APIView):
    """The OpenAPI document, for everybody with an account: it holds no data, and is the same for all of them."""

    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [IsAuthenticated]
    renderer_classes = [_Yaml, _Yaml2, OpenApiJsonRenderer, OpenApiJsonRenderer2]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """The document, as YAML or JSON."""
        name = f"{spectacular_settings.TITLE}.{request.accepted_renderer.format}"
        return Response(document(), headers={"Content-Disposition": f'inline; filename="{name}"'})


class Docs(Page):
    """How it works, and every operation in a row that leads to its page."""

    title = "API"
    rail = "api"
    template_name = "api/docs.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        return self.answer(groups=[(noun, _listed(each, noun)) for noun, each in groups().items()])


class OperationPage(Page):
    """One operation: what it takes and what it answers, drawn from the OpenAPI document."""

    rail = "api"
    template_name = "api/operation.html"

    def get(self, request: HttpRequest, operation: str) -> HttpResponse:
        """The page. Raises Http404 for an operation there is not."""
        found = [(noun, each) for noun, those in groups().items() for each in those if each.id == operation]
        if not found:
            raise Http404
        noun, self.operation = found[0]
        beside = [Related(each.summary, _address(each), sub=f"{each.method} {each.path}") for each in groups()[noun]]
        return self.answer(
            operation=self.operation,
            takes=_table(self.operation.takes, "What it takes"),
            answers=_table(self.operation.answers, "What it answers"),
            statuses=Facts(self.operation.statuses, top=False),
            noun=noun,
            beside=[row for row in beside if row.href != request.path],
        )

    def get_title(self) -> str:
        return f"{self.operation.method} {self.operation.path}"

    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(Docs.title, reverse("api:docs")), Crumb(self.operation.id)]


def _address(operation: Operation) -> str:
    return reverse("api:operation", args=[operation.id])


def _listed(operations: Iterable[Operation], noun: str) -> Table:
    rows = [
        [format_html('<a href="{}"><code>{} {}</code></a>', _address(each), each.method, each.path), each.summary]
        for each in operations
    ]
    return Table((Head("Operation", "lead"), Head("What it does")), rows, f"Operations on {noun}")


def _table(values: Sequence[Value], caption: str) -> Table | None:
    rows = [
        [format_html("<code>{}</code>{}", each.name, "" if each.required else " (optional)"), each.kind, each.meaning]
        for each in values
    ]
    return Table(_HEADS, rows, caption) if rows else None
