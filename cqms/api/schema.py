"""What the OpenAPI document says beyond the views: the token, and the one shape of error in every operation."""

from typing import Any

from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.extensions import OpenApiAuthenticationExtension

_ERROR = "Error"
_WORDS = {
    "400": "The input could not be read.",
    "401": "No token, or one that is not valid.",
    "403": "The roles of this person, or the token, do not allow it.",
    "404": "There is no such record, or it is not this person's to see.",
    "405": "This address does not take this method.",
    "409": "The record changed meanwhile, or its state does not allow this.",
    "413": "The input is too large.",
    "415": "The input is neither JSON nor, where a file is taken, multipart/form-data.",
    "422": "Some input is wrong; `fields` says which and why.",
    "429": "Too many requests; see Retry-After.",
    "500": "Something went wrong on the server. Nothing was saved.",
    "503": "The database does not answer. Nothing was saved.",
}
_ALWAYS = ("401", "403", "405", "422", "429", "500", "503")
_WITH_INPUT = ("400", "409", "413", "415")
_METHODS = ("get", "post", "put", "patch", "delete")
_SHAPE = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "fields"],
            "additionalProperties": False,
            "properties": {
                "code": {"type": "string", "description": "One stable word for programs.", "example": "changed"},
                "message": {"type": "string", "description": "A sentence for people."},
                "fields": {
                    "type": "object",
                    "description": "What is wrong, by field; an empty name is the input as a whole.",
                    "additionalProperties": {"type": "array", "items": {"type": "string"}},
                },
            },
        }
    },
}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer cqms_…`."""

    target_class = "cqms.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "A token that a member made for one organization."}


class Filters(DjangoFilterExtension):
    """The filters of a list, without the empty set that the library asks of a manager that has no organization here."""

    priority = 1

    def get_schema_operation_parameters(self, auto_schema: Any, *args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        """One parameter a filter."""
        view = auto_schema.view
        if view.filterset_class is None:
            return []
        model = view.get_queryset().model
        found: list[dict[str, Any]] = []
        for name, each in view.filterset_class.base_filters.items():
            found += self.resolve_filter_field(auto_schema, model, view.filterset_class, name, each)
        return found


def add_errors(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Give every operation its errors, all of one shape."""
    result["components"]["schemas"][_ERROR] = _SHAPE
    for path, operations in result["paths"].items():
        for method in _METHODS:
            if method in operations:
                _add(operations[method], has_record="{" in path)
    return result


def _add(operation: dict[str, Any], *, has_record: bool) -> None:
    statuses = [*_ALWAYS, *(_WITH_INPUT if "requestBody" in operation else ()), *(("404",) if has_record else ())]
    for status in sorted(statuses):
        operation["responses"][status] = {
            "description": _WORDS[status],
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{_ERROR}"}}},
        }
