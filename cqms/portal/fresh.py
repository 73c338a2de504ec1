"""Whether a person has just proved who they are: asked before anything that others could take an account over with."""

from datetime import datetime

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from cqms.identity.sessions import forget_session, note_session
from cqms.identity.where import where
from cqms.ui.frame import outside_prefix, outside_url

BOUND = "opened_by_provider_of"
"""In the session: the organization whose provider signed the person in; it opens no other one."""
_PROVED, _FACTOR, _BEGAN = "proved_at", "factor_at", "began_at"
_FRESH_SECONDS = 5 * 60


def note_proved(request: HttpRequest, *, factor: bool = False) -> None:
    """The person just proved who they are in this session, with a second factor or without."""
    request.session[_PROVED] = _now()
    if factor:
        request.session[_FACTOR] = _now()


def note_begun(request: HttpRequest) -> None:
    """Note that the session began now, unless that is known already."""
    request.session.setdefault(_BEGAN, _now())


def note_use(request: HttpRequest) -> None:
    """Remember that the person uses this session now."""
    note_session(request.user, request.session.session_key, where(request), through=request.session.get(BOUND))


def sign_out(request: HttpRequest) -> None:
    """End this session."""
    forget_session(request.session.session_key)
    logout(request)


def leave_if_ended(request: HttpRequest) -> None:
    """Sign the person out here, too, where what they just did ended their own session."""
    if not request.session.exists(request.session.session_key):
        sign_out(request)


def is_fresh(request: HttpRequest) -> bool:
    """Whether the last proof is at most five minutes old."""
    return bool(_now() - request.session.get(_PROVED, 0) < _FRESH_SECONDS)


def proved_since(request: HttpRequest, moment: datetime) -> bool:
    """Whether the person proved in this session after a moment who they are."""
    return bool(request.session.get(_PROVED, 0) > moment.timestamp())


def used_factor(request: HttpRequest) -> bool:
    """Whether a second factor was used in this session."""
    return _FACTOR in request.session


def age(request: HttpRequest) -> float:
    """How many seconds ago this session began."""
    return float(_now() - request.session.get(_BEGAN, _now()))


def to_confirm(request: HttpRequest, page: str = "outside:confirm") -> HttpResponseRedirect:
    """The way to the page that asks for a proof and comes back here."""
    return HttpResponseRedirect(f"{outside_url(page)}?{urlencode({'next': request.get_full_path()})}")


def next_of(request: HttpRequest) -> str:
    """Where the address says to go on to; never to another host."""
    wanted = request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else outside_prefix()


def _now() -> float:
    return timezone.now().timestamp()
