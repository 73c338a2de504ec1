"""One shape of error: `{"error": {"code", "message", "fields"}}`, with the same sentences as the pages."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from cqms.audit.refusals import Refused
from cqms.audit.services import Stale

_NOT_FOUND = "There is no such record, or it is not yours to see."


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into an answer; None lets an unexpected one become a 500 with a rollback."""
    found = _shape(error)
    if found is None:
        return None
    if not isinstance(error, Refused):
        set_rollback()
    code, status_code, message, fields = found
    headers = {"WWW-Authenticate": error.auth_header} if hasattr(error, "auth_header") else {}
    body = {"error": {"code": code, "message": message, "fields": fields}}
    return Response(body, status=status_code, headers=headers)


def _shape(error: Exception) -> tuple[str, int, str, dict[str, list[str]]] | None:
    if isinstance(error, Refused):
        fields = {error.field: [error.sentence]} if error.field else {}
        return "refused", error.status, error.sentence, fields
    if isinstance(error, Stale):
        return "stale", status.HTTP_409_CONFLICT, str(error), {}
    if isinstance(error, Http404):
        return "not_found", status.HTTP_404_NOT_FOUND, _NOT_FOUND, {}
    if isinstance(error, PermissionDenied):
        return "denied", status.HTTP_403_FORBIDDEN, str(error) or "Your roles here do not allow this.", {}
    if isinstance(error, ValidationError):
        return _invalid(error)
    if isinstance(error, exceptions.ValidationError):
        return _invalid_input(error)
    if isinstance(error, exceptions.APIException):
        return str(error.default_code), error.status_code, str(error.detail), {}
    return None


def _invalid(error: ValidationError) -> tuple[str, int, str, dict[str, list[str]]]:
    fields = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    return "invalid", status.HTTP_422_UNPROCESSABLE_ENTITY, _sentence(fields), fields


def _invalid_input(error: exceptions.ValidationError) -> tuple[str, int, str, dict[str, list[str]]]:
    detail = error.detail if isinstance(error.detail, dict) else {"": error.detail}
    fields = {str(name): [str(item) for item in _as_list(items)] for name, items in detail.items()}
    return "invalid", status.HTTP_422_UNPROCESSABLE_ENTITY, _sentence(fields), fields


def _as_list(items: Any) -> list[Any]:
    return items if isinstance(items, list) else [items]


def _sentence(fields: dict[str, list[str]]) -> str:
    return " ".join(f"{name}: {item}" if name else item for name, items in fields.items() for item in items)
