"""A form is sent once: the second press of a tired hand finds what became of the first.

Double clicks, and forms that are sent again because the line was slow, arrive as equal requests. Every form carries a
token of its own showing, so these are the same words in the same showing of the same page. The
second waits until the first is stored, and leads to the same place. What was refused may be sent again.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.crypto import salted_hmac
from django_htmx.http import HttpResponseClientRedirect
from redis.exceptions import RedisError

from cqms.audit.refusals import WrongState
from cqms.ui import kept

_UNDER_WAY, _REMEMBERED = 60, 12 * 3600  # seconds
_PATIENCE, _GLANCE = 10.0, 0.05  # seconds


def answer_once(request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """Answer a POST, or lead to where an equal one led. Raises WrongState while that one takes too long."""
    key = _key_of(request)
    try:
        is_first = not key or cache.add(key, "", timeout=_UNDER_WAY)
        found = "" if is_first else _awaited(key)
    except RedisError:  # two of something are worth less than an answer
        return answer()
    if not found:
        return _remember(key, answer) if key else answer()
    return HttpResponseClientRedirect(found) if "HX-Request" in request.headers else HttpResponseRedirect(found)


def _key_of(request: HttpRequest) -> str:
    """What equal requests have in common; blank for a form that carries no token."""
    hidden = kept.hidden(request)
    if hidden is None or hidden[0] not in request.POST:
        return ""
    typed = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
    files = sorted((name, each.name, each.size) for name, many in request.FILES.lists() for each in many)
    said = repr((request.user.pk, request.get_full_path(), typed, files))
    return f"once:{salted_hmac('cqms.ui.once', said, algorithm='sha256').hexdigest()}"


def _awaited(key: str) -> str:
    """Where the first one led, once it is stored; blank when it was refused."""
    until = time.monotonic() + _PATIENCE
    while (found := cache.get(key)) == "":
        if time.monotonic() > until:
            raise WrongState("This was sent twice and is still being stored. Look in a moment whether it is there.")
        time.sleep(_GLANCE)
    return found or ""


def _remember(key: str, answer: Callable[[], HttpResponse]) -> HttpResponse:
    place = ""
    try:
        response = answer()
        place = response.get("HX-Redirect") or response.get("Location") or ""
    finally:
        with suppress(RedisError):
            if place:
                transaction.on_commit(partial(cache.set, key, place, _REMEMBERED), robust=True)
            else:
                cache.delete(key)
    return response
