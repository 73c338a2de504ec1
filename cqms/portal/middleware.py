"""Who is asking, and for which organization: settled before any page runs."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import set_script_prefix
from django.utils import timezone

from cqms.audit.models import SecurityEventKind
from cqms.audit.services import note_security
from cqms.organizations.scope import scope
from cqms.organizations.selectors import memberships_of
from cqms.portal import kept
from cqms.portal.sign_in import address_of, device_of

Answer = Callable[[HttpRequest], HttpResponse]

_SEEN = "seen_at"
_MOUNT = "/o/"
_WITHOUT_DATABASE = ("/healthz", "/readyz")
OUTSIDE = frozenset({"outside", "ui", "api"})
"""The namespaces of URLs that are answered without an organization in the address."""


class SignedIn(LoginRequiredMiddleware):
    """Every page needs a signed-in person unless its view says otherwise; nobody stays signed in while idle.

    A POST that arrives after the session ended is kept for the person it came from and shown after sign-in.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self._end_idle_session(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[object, ...], kwargs: dict[str, object]
    ) -> HttpResponse | None:
        answer = super().process_view(request, view, args, kwargs)
        if answer is not None and request.method == "POST":
            kept.keep(request)
        return answer

    def _end_idle_session(self, request: HttpRequest) -> None:
        now = timezone.now().timestamp()
        if now - request.session.get(_SEEN, now) > settings.IDLE_SECONDS:
            note_security(
                SecurityEventKind.IDLE, user=request.user, address=address_of(request), device=device_of(request)
            )
            logout(request)
        elif now - request.session.get(_SEEN, 0) > settings.IDLE_SECONDS / 30:
            request.session[_SEEN] = now


class OpenOrganization:
    """The innermost middleware: an address under /o/<short name>/ opens that organization for the whole answer.

    The mount moves from the path into the script prefix, so that links come out mounted again. A person who is no
    member gets the same 404 as for an organization that does not exist. An answer of 500 rolls everything back.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.organization = None
        if request.path_info in _WITHOUT_DATABASE:
            return self.get_response(request)
        if not request.path_info.startswith(_MOUNT):
            with transaction.atomic():
                return _undo_failure(self.get_response(request))
        slug, _, rest = request.path_info.removeprefix(_MOUNT).partition("/")
        request.path_info = f"/{rest}"
        return self._answer_mounted(request, slug)

    def _answer_mounted(self, request: HttpRequest, slug: str) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        request.memberships = memberships_of(request.user)
        request.organization = next((m.organization for m in request.memberships if m.organization.slug == slug), None)
        if request.organization is None:
            return self.get_response(request)
        set_script_prefix(f"{_MOUNT}{slug}/")
        with scope(request.organization):
            return _undo_failure(self.get_response(request))

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[object, ...], kwargs: dict[str, object]
    ) -> None:
        """Pages of an organization do not exist outside of one."""
        namespaces = request.resolver_match.namespaces
        if request.organization is None and namespaces and namespaces[0] not in OUTSIDE:
            raise Http404


def _undo_failure(response: HttpResponse) -> HttpResponse:
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        transaction.set_rollback(True)
    return response
