"""One shape of error: `{"error": {"code", "message", "fields"}}`, with the same sentences as the pages."""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import redis
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError, transaction
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.log import log_response
from rest_framework import exceptions
from rest_framework.response import Response

from cqms.audit.refusals import Blocked, Refused
from cqms.audit.services import Stale

Fields = dict[str, list[str]]

AWAY = (OperationalError, InterfaceError, redis.ConnectionError, redis.TimeoutError)
WAIT_SECONDS = "10"

_NOT_FOUND = "There is no such record, or it is not yours to see."
_DENIED = "Your roles here do not allow this."
_SENTENCES: dict[type[exceptions.APIException], tuple[str, str]] = {
    exceptions.NotAuthenticated: ("not_authenticated", "Send a token: Authorization: Bearer cqms_…"),
    exceptions.MethodNotAllowed: (
        "method_not_allowed",
        "This address does not take this method; see the Allow header.",
    ),
    exceptions.UnsupportedMediaType: (
        "unsupported_media_type",
        "Send JSON as application/json, or, where a file is taken, multipart/form-data.",
    ),
    exceptions.NotFound: ("not_found", _NOT_FOUND),
}


@dataclass(frozen=True)
class Fault:
    """What went wrong, as the API says it. Field "" is the input as a whole; parts of a list are `countries.0`."""

    status: int
    code: str
    message: str
    fields: Fields = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        """The one shape."""
        return {"error": {"code": self.code, "message": self.message, "fields": self.fields}}


def answer(error: Exception, context: dict[str, Any]) -> Response:
    """Turn any exception into an answer; whatever is no refusal undoes everything this request did."""
    fault = fault_of(error)
    if not isinstance(error, Refused) and transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    response = Response(fault.body, status=fault.status, headers=fault.headers)
    if fault.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _report(error, response, context)
    return response


def fault_of(error: BaseException) -> Fault:
    """The one shape of any exception; what nobody foresaw is a 500 that tells nothing."""
    for kinds, shape in _SHAPES:
        if isinstance(error, kinds):
            return shape(error)
    if any(isinstance(each, AWAY) for each in _chain(error)):
        return _away(error)
    return Fault(500, "failed", "Something went wrong on our side. Nothing of this request was saved.")


def failed(request: HttpRequest) -> JsonResponse:
    """What Django's own handling of a failure answers for the API: before a view began, or after it ended."""
    fault = fault_of(sys.exc_info()[1] or RuntimeError())
    return JsonResponse(fault.body, status=fault.status, headers=fault.headers)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _refused(error: Refused) -> Fault:
    code = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
    sentences = error.reasons if isinstance(error, Blocked) else [error.sentence]
    fields = {error.field: sentences} if error.field or isinstance(error, Blocked) else {}
    return Fault(error.status, code, error.sentence, fields)


def _of_framework(error: exceptions.APIException) -> Fault:
    code, sentence = _SENTENCES.get(type(error), (str(error.default_code), str(error.detail)))
    headers = {"WWW-Authenticate": error.auth_header} if getattr(error, "auth_header", None) else {}
    if isinstance(error, exceptions.Throttled):
        seconds = str(int(error.wait or 1))
        return Fault(429, code, f"Too many requests. Wait {seconds} seconds.", headers={"Retry-After": seconds})
    if isinstance(error, exceptions.PermissionDenied):
        code = "denied"
    return Fault(error.status_code, code, sentence, headers=headers)


def _away(_error: Any) -> Fault:
    sentence = "The database does not answer. Nothing of this request was saved; try again in a moment."
    return Fault(503, "unavailable", sentence, headers={"Retry-After": WAIT_SECONDS})


def _invalid(error: Any) -> Fault:
    fields = _fields(error)
    return Fault(422, "invalid", _sentence(fields), fields)


def _fields(error: ValidationError | exceptions.ValidationError) -> Fields:
    if isinstance(error, exceptions.ValidationError):
        found: Fields = {}
        for name, sentence in _flat("", error.detail):
            found.setdefault(name, []).append(sentence)
        return found
    named = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    return {"" if name == "__all__" else name: list(messages) for name, messages in named.items()}


def _flat(name: str, detail: Any) -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for part, inner in detail.items():
            path = name if part == "non_field_errors" else f"{name}.{part}".strip(".")
            yield from _flat(path, inner)
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flat(name, inner)
    else:
        yield name, str(detail)


def _sentence(fields: Fields) -> str:
    return " ".join(f"{name}: {item}" if name else item for name, items in fields.items() for item in items)


def _report(error: BaseException, response: Response, context: dict[str, Any]) -> None:
    """As Django does for a page that failed: a line in the log, and the signal that tests and monitors listen to."""
    request = context["request"]._request  # noqa: SLF001 - Django's own request
    log_response("Internal Server Error: %s", request.path, response=response, request=request, exception=error)
    got_request_exception.send(sender=type(context["view"]), request=request)


_SHAPES: tuple[tuple[Any, Callable[[Any], Fault]], ...] = (
    (Refused, _refused),
    (Stale, lambda error: Fault(409, "changed", str(error))),
    (Http404, lambda _: Fault(404, "not_found", _NOT_FOUND)),
    (PermissionDenied, lambda error: Fault(403, "denied", str(error) or _DENIED)),
    ((ValidationError, exceptions.ValidationError), _invalid),
    (exceptions.APIException, _of_framework),
    (RequestDataTooBig, lambda _: Fault(413, "too_large", "The input is too large.")),
    (SuspiciousOperation, lambda _: Fault(400, "parse_error", "The input could not be read.")),
    (AWAY, _away),
)
