"""The addresses of the API: its description, then those that the apps bring in their `api.py`."""

from typing import Any

from django.urls import include, path, re_path

from cqms.api.docs import Docs, OperationPage, Schema
from cqms.api.views import Nowhere

_METHODS = ("get", "post", "put", "patch", "delete")


def mounted(*modules: str) -> tuple[list[Any], str]:
    """Everything below `/api/`; each module has `urlpatterns` below `v1/`. What is not there answers 404 as JSON."""
    nowhere = Nowhere.as_view(dict.fromkeys(_METHODS, "nothing"))
    return [
        path("schema/", Schema.as_view(), name="schema"),
        path("docs/", Docs.as_view(), name="docs"),
        path("docs/<slug:operation>/", OperationPage.as_view(), name="operation"),
        *(path("v1/", include(module)) for module in modules),
        re_path("", nowhere, name="nowhere"),
    ], "api"
