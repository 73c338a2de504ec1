"""The API described: the OpenAPI document for programs, and a page for people."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from drf_spectacular.views import SpectacularAPIView
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated

from cqms.api.authentication import TokenAuthentication
from cqms.api.description import Operation, Value, groups
from cqms.ui import rail
from cqms.ui.components import Facts, Table
from cqms.ui.items import Head
from cqms.ui.views import Page

_HEADS = (Head("Name", "lead fit"), Head("Kind"), Head("Meaning"))


def register() -> None:
    """Show the page beside a person's own tokens, outside of any organization."""
    rail.register(rail.Entry("api", "API", "document", "api:docs", 230, allowed=_is_outside))


def _is_outside(request: HttpRequest) -> bool:
    reader = getattr(request, "user", None)
    return reader is not None and reader.is_authenticated and getattr(request, "organization", None) is None


class Schema(SpectacularAPIView):
    """The OpenAPI document, for everybody with an account: it holds no data."""

    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [IsAuthenticated]


class Docs(Page):
    """Every operation with what it takes and answers, drawn from the OpenAPI document."""

    title = "API"
    rail = "api"
    template_name = "api/docs.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        shown = {noun: [_shown(each) for each in operations] for noun, operations in groups().items()}
        return self.answer(groups=shown, overview=_overview())


def _overview() -> Table:
    rows = [
        [format_html('<a href="#{}"><code>{} {}</code></a>', each.id, each.method, each.path), each.summary]
        for operations in groups().values()
        for each in operations
    ]
    return Table((Head("Operation", "lead"), Head("What it does")), rows, "Every operation")


def _shown(operation: Operation) -> dict[str, Any]:
    name = f"{operation.method} {operation.path}"
    return {
        "operation": operation,
        "takes": _table(operation.takes, f"What {name} takes") if operation.takes else None,
        "answers": _table(operation.answers, f"What {name} answers") if operation.answers else None,
        "statuses": Facts(operation.statuses, top=False),
    }


def _table(values: Iterable[Value], caption: str) -> Table:
    rows = [
        [format_html("<code>{}</code>{}", each.name, "" if each.required else " (optional)"), each.kind, each.meaning]
        for each in values
    ]
    return Table(_HEADS, rows, caption)
