"""Where one is signed in, and ending it there."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from cqms.identity.models import SignedInSession
from cqms.identity.sessions import end_sessions, sessions_of
from cqms.identity.where import in_words, where
from cqms.portal.fresh import note_use
from cqms.ui import times
from cqms.ui.atoms import Badge
from cqms.ui.components import Table
from cqms.ui.items import Head, Row
from cqms.ui.views import Page

_LIST = "outside:sessions"
_HEADS = (
    Head("Device", "lead"), Head("From", "fit"), Head("Since", "fit col-2"), Head("Last use", "fit"),
    Head("Step", "fit", hidden=True),
)  # fmt: skip


class Sessions(Page):
    """Every open session, this one first."""

    template_name = "portal/sessions.html"
    title = "Sessions"
    rail = "sessions"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        here = request.session.session_key
        note_use(request)
        rows = sorted(sessions_of(request.user), key=lambda each: each.key != here)
        table = Table(_HEADS, [_row(each, here) for each in rows], "Where you are signed in")
        return self.answer(table=table, others=len(rows) - 1)


@require_POST
def session_end(request: HttpRequest, session: int) -> HttpResponse:
    """End one session of one's own; this one is ended by signing out."""
    if not end_sessions(request.user, only=session, but=request.session.session_key, place=where(request)):
        raise Http404
    messages.success(request, "That session has ended. Who used it has to sign in again.")
    return HttpResponseRedirect(reverse(_LIST))


@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """End all other sessions."""
    count = end_sessions(request.user, but=request.session.session_key, place=where(request))
    messages.success(request, f"{count} other {'session has' if count == 1 else 'sessions have'} ended.")
    return HttpResponseRedirect(reverse(_LIST))


def _row(session: SignedInSession, here: str | None) -> Row:
    return Row([
        _device(session),
        session.address or "unknown",
        times.moment(session.began_at),
        times.moment(session.seen_at),
        Badge("This one", "good") if session.key == here else _end(session),
    ])  # fmt: skip


def _device(session: SignedInSession) -> str:
    through = session.opened_through
    return f"{in_words(session.device)}, through the provider of {through}" if through else in_words(session.device)


def _end(session: SignedInSession) -> object:
    place = reverse("outside:session_end", kwargs={"session": session.pk})
    return format_html(
        '<button class="button button--small" form="end-session" formaction="{}" aria-label="End the session on {}">'
        "End</button>",
        place,
        in_words(session.device),
    )
