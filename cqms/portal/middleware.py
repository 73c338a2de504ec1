"""Who is asking, and for which organization: settled before any page runs."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django_htmx.http import HttpResponseClientRedirect

from cqms.access.reach import reach_of
from cqms.audit.models import SecurityEventKind
from cqms.audit.refusals import Changed, Denied, Refused
from cqms.audit.services import Stale, note_security
from cqms.identity.where import where
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope
from cqms.organizations.selectors import memberships_of
from cqms.portal import entrance, fresh, kept
from cqms.portal.mounting import MOUNT, MOUNTED_URLS, mounted
from cqms.records.seen import note_view
from cqms.ui.frame import outside_prefix
from cqms.ui.views.page import refused

_CURES = {
    entrance.PROVE: "outside:confirm", entrance.SHOW_FACTOR: "outside:second_factor",
    entrance.ADD_FACTOR: "outside:factors",
}  # fmt: skip
"""The page on which a person does what opens a door."""

Answer = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]

_SEEN, _LONGEST = "seen_at", "longest_idle"
_WITHOUT_DATABASE = ("/healthz", "/readyz")
_FORGET, _FORGET_PAGES = '"cache", "storage"', '"cache"'
"""What a browser forgets when its session ends. Who signs out leaves nothing; who was signed out because they were idle
keeps the draft of the form they were writing, in its tab, until they are back."""
OUTSIDE = frozenset({"outside", "ui", "api"})
"""The namespaces of URLs that are answered without an organization in the address."""


class SignedIn(LoginRequiredMiddleware):
    """Every page needs a signed-in person unless its view says otherwise; nobody stays signed in while idle.

    No page of a person is kept by a browser or a proxy. A POST that arrives after the session ended is kept for the
    person it came from and shown after sign-in. Moments are shown in the reader's own zone.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in _WITHOUT_DATABASE or not request.user.is_authenticated:
            return self.get_response(request)
        self._end_idle_session(request)
        with timezone.override(ZoneInfo(request.user.zone) if request.user.is_authenticated else None):
            response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        if not request.user.is_authenticated:
            response["Clear-Site-Data"] = _FORGET if _leaves(request) else _FORGET_PAGES
        return response

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> HttpResponse | None:
        if request.path_info in _WITHOUT_DATABASE:
            return None
        answer = super().process_view(request, view, args, kwargs)
        if answer is not None and request.method == "POST":
            kept.keep(request)
        if answer is not None and request.htmx:
            return HttpResponseClientRedirect(answer["Location"])
        return answer

    def _end_idle_session(self, request: HttpRequest) -> None:
        """An organization may allow less: whatever page is opened first, it learns of the longest pause."""
        now = timezone.now().timestamp()
        request.idle_seconds = max(now - request.session.get(_SEEN, now), request.session.get(_LONGEST, 0))
        if request.idle_seconds > settings.IDLE_SECONDS:
            note_security(SecurityEventKind.IDLE, user=request.user, **where(request).words())
            fresh.sign_out(request)
        elif now - request.session.get(_SEEN, 0) > settings.IDLE_SECONDS / 30:
            request.session[_SEEN], request.session[_LONGEST] = now, request.idle_seconds
            fresh.note_begun(request)
            fresh.note_use(request)


class OpenOrganization:
    """The innermost middleware: an address under /o/<short name>/ opens that organization for the whole answer.

    The mount moves from the path into the script prefix, so that links come out mounted again. A person who is no
    member gets the same 404 as for an organization that does not exist. An answer of 500 rolls everything back; a
    refusal that no page caught becomes a page with its sentence and keeps the trace it left.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.organization, request.memberships = None, []
        if request.path_info in _WITHOUT_DATABASE:
            return self.get_response(request)
        if request.user.is_authenticated:
            request.memberships = SimpleLazyObject(partial(_memberships, request))
        if not request.path_info.startswith(MOUNT):
            with transaction.atomic():
                return _undo_failure(self.get_response(request))
        slug, _, rest = request.path_info.removeprefix(MOUNT).partition("/")
        request.path_info, request.urlconf = f"/{rest}", MOUNTED_URLS
        return self._answer_mounted(request, slug)

    def _answer_mounted(self, request: HttpRequest, slug: str) -> HttpResponse:
        if not request.user.is_authenticated:
            with transaction.atomic():
                return _undo_failure(self.get_response(request))
        membership = next((each for each in request.memberships if each.organization.slug == slug), None)
        if membership is None:
            raise Http404
        request.organization = membership.organization
        with mounted(slug), scope(request.organization, first=partial(reach_of, request.user)):
            closed = entrance.closed_to(request, membership)
            if closed is None:
                answer = _undo_failure(self.get_response(request))
                _note_view(request, answer, membership)
                return answer
        return self._turn_away(request, closed)

    def _turn_away(self, request: HttpRequest, closed: entrance.Closed) -> HttpResponse:
        """Send the person to what would let them in; what they typed waits for them."""
        request.organization = None
        with transaction.atomic():
            if closed.cure == entrance.SIGN_IN:
                fresh.sign_out(request)
                messages.info(request, closed.sentence)
                return _undo_failure(self.get_response(request))
            if closed.cure in (entrance.NETWORK, entrance.SUSPENDED):
                return refused(request, Denied(closed.sentence), outside_prefix())
            if request.method == "POST":
                kept.keep(request)
            messages.info(request, closed.sentence)
            answer = fresh.to_confirm(request, _CURES[closed.cure])
            return HttpResponseClientRedirect(answer["Location"]) if request.htmx else answer

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> None:
        """Pages of an organization do not exist outside of one, nor the others inside."""
        namespaces = request.resolver_match.namespaces
        is_outside = not namespaces or namespaces[0] in OUTSIDE
        if is_outside == (request.organization is not None):
            raise Http404

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal is an answer, whichever page it comes from."""
        if isinstance(exception, Stale):
            exception = Changed(str(exception))
        return refused(request, exception) if isinstance(exception, Refused) else None


def _memberships(request: HttpRequest) -> list[Membership]:
    """Where this session may go: everywhere its person belongs, or only where their provider signed them in."""
    bound, known = request.session.get(fresh.BOUND), request.user.known_memberships
    found = memberships_of(request.user) if known is None else known
    return [each for each in found if bound in (None, each.organization_id)]


def _leaves(request: HttpRequest) -> bool:
    """Whether the person signed out themselves."""
    match = request.resolver_match
    return match is not None and match.view_name == "account_logout"


def _note_view(request: HttpRequest, answer: HttpResponse, membership: Membership) -> None:
    """An inspector's every page, and everybody's page of a record in a closed lane, stands in the trail."""
    is_page = answer.status_code == HTTPStatus.OK and answer.get("Content-Type", "").startswith("text/html")
    if request.method == "GET" and is_page and request.user.is_authenticated:
        viewed, lane = getattr(request, "viewed", None), getattr(request, "viewed_lane", "")
        note_view(request.user, viewed, request.path_info, membership, lane)


def _undo_failure(response: HttpResponse) -> HttpResponse:
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        transaction.set_rollback(True)
    return response
