"""Pages for what went wrong: in words, with the status that is true, and without losing what was typed.

The pages for failures are drawn without a reader, an organization or a query, because any of them may be the cause.
"""

import sys
from collections.abc import Iterator

import redis
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import urlencode

from cqms.portal import kept
from cqms.ui.frame import outside_url
from cqms.ui.views.page import came_from

_AWAY = (OperationalError, InterfaceError, redis.ConnectionError, redis.TimeoutError)
_WAIT_SECONDS = "10"


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the sentence of the rule that refused."""
    return render(request, "403.html", {"exception": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the same page for what is not there and for what is not theirs to see."""
    return render(request, "404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """500, or 503 with the input given back when the database or the broker does not answer."""
    if not any(isinstance(error, _AWAY) for error in _chain(sys.exc_info()[1])):
        return HttpResponse(render_to_string("500.html"), status=500)
    words = {
        "code": "503",
        "title": "The database does not answer",
        "sentence": "Nothing of this request was saved. It usually comes back within a minute.",
        "back": request.get_full_path(),
    }
    typed = _typed(request) if _is_ours(request) else []
    response = HttpResponse(_again(request, words, typed), status=503)
    response["Retry-After"] = _WAIT_SECONDS
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form of another session; a form that was shown to this very person can be sent again at once.

    The signed name in the form proves that it came from one of our pages, so nobody else can prepare that button.
    """
    person_id = kept.person_id(request)
    if person_id is None:
        return render(request, "403_csrf.html", {"back": came_from(request)}, status=403)
    if not request.user.is_authenticated:
        kept.keep(request)
        return redirect(f"{outside_url('account_login')}?{urlencode({'next': request.get_full_path()})}")
    if person_id != request.user.pk:
        return render(request, "403_csrf.html", {"back": came_from(request)}, status=403)
    words = {
        "code": "403",
        "title": "This page was open for too long",
        "sentence": "You signed in again since you opened it. Nothing was saved yet, and nothing you typed is lost.",
        "back": request.get_full_path(),
    }
    return HttpResponse(_again(request, words, _typed(request)), status=403)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _again(request: HttpRequest, words: dict[str, str], typed: list[tuple[str, str]]) -> str:
    shown = [(name.replace("_", " ").capitalize(), value) for name, value in typed if name != kept.FIELD and value]
    context = {**words, "typed": typed, "shown": shown, "has_files": bool(typed and request.FILES)}
    return render_to_string("portal/again.html", {**context, "csrf_token": get_token(request)})


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    names = [name for name in request.POST if name != "csrfmiddlewaretoken" and not kept.is_secret(name)]
    return [(name, value) for name in names for value in request.POST.getlist(name)]


class _Check(CsrfViewMiddleware):
    """Django's own check, answering with the reason instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:  # type: ignore[override]
        return reason


def _is_ours(request: HttpRequest) -> bool:
    """Whether a POST came from a page of this session, as far as that can be told without a database."""
    if request.method != "POST":
        return False
    check = _Check(lambda _request: HttpResponse())
    check.process_request(request)
    return check.process_view(request, lambda _request: None, (), {}) is None
